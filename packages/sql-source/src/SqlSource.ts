import {
  type Column,
  ConnectorError,
  type CountRequest,
  type Description,
  type DigestRequest,
  type Filter,
  formatTableName,
  inOneAnswer,
  type LookupRequest,
  type Measure,
  type Page,
  pageOf,
  type RangeDigest,
  type Reading,
  type ReadRequest,
  type Row,
  type SourceShape,
  type TableName,
  type TableSchema,
  type Transactions,
  type WholeRequest,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Dialect, Statement } from "./Dialect.ts"
import { makeStatements } from "./Statements.ts"

/** What a database says of its tables: these members of a source are written for each database. */
export interface Catalog {
  readonly list: (schema: string | undefined) => Effect.Effect<ReadonlyArray<TableName>, ConnectorError>
  readonly describe: (names: ReadonlyArray<TableName>) => Effect.Effect<Description, ConnectorError>
  readonly whyMissing?: NonNullable<SourceShape["whyMissing"]>
  readonly cautions?: NonNullable<SourceShape["cautions"]>
  readonly structure?: NonNullable<SourceShape["structure"]>
  readonly estimate?: NonNullable<SourceShape["estimate"]>
  readonly transactions?: Effect.Effect<Transactions, ConnectorError>
}

/** A statement to ask, and what it is about. */
export interface Question<Param = string> {
  readonly statement: Statement<Param>
  readonly table: TableSchema
  /** The columns of the answer. Those of a summary are nameless texts, and a hash is a nameless blob. */
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /** The names of the columns that the rows are ordered by or found by. */
  readonly by: ReadonlyArray<string>
  /** No row is to be taken after so many bytes of values, but the first one always. Infinity where no page is read. */
  readonly maxBytes: number
}

/** What came, in canonical texts. */
export interface Answer {
  readonly rows: ReadonlyArray<Row>
  readonly bytes: number
  /** False where rows were, or may have been, left because of `maxBytes`. */
  readonly complete: boolean
}

/** What a source is made of. */
export interface SqlSourceOptions<Param = string> {
  readonly dialect: Dialect<Param>
  readonly catalog: Catalog
  readonly ask: (question: Question<Param>) => Effect.Effect<Answer, ConnectorError>
  /** Asks several in one round trip; without an answer is what must be asked alone. */
  readonly askMany?: (
    questions: ReadonlyArray<Question<Param>>,
  ) => Effect.Effect<ReadonlyArray<Answer | undefined>, ConnectorError>
  /** Reads a table whole in pages; without it, in one answer. */
  readonly readWhole?: (
    question: Question<Param>,
    request: WholeRequest,
  ) => Effect.Effect<Reading, ConnectorError, Scope.Scope>
  /** How long the text of a look-up may be, asked once and only for one that is not short; any length without it. */
  readonly maxStatement?: Effect.Effect<number, ConnectorError>
  /** What keeps rows from being read in the order of columns, or from being found by them as their key. */
  readonly refusal?: (
    table: TableSchema,
    names: ReadonlyArray<string>,
    use: "order" | "key",
  ) => ConnectorError | undefined
}

const text: Column = { name: "", type: "text", sourceType: "text", nullable: true }

/** A hash, or the XOR of some. */
const hash: Column = { name: "", type: "blob", sourceType: "blob", nullable: true }

/** No server takes fewer bytes in a statement. */
const alwaysTaken = 500

/**
 * Makes a whole source. Errors say of which table they are. A `ConnectorError` that the dialect throws, for a value that
 * is none of its column's type, fails the question before it is asked.
 */
export const makeSqlSource = <Param = string>({
  dialect,
  catalog,
  ask,
  askMany,
  readWhole = (question) => Effect.sync(() => inOneAnswer(Effect.map(ask(question), ({ rows }) => rows))),
  maxStatement,
  refusal = () => undefined,
}: SqlSourceOptions<Param>): SourceShape & Required<Pick<SourceShape, "summarize" | "readWhole" | "measure">> => {
  const statements = makeStatements(dialect)

  const about = <A, R = never>(table: TableSchema, effect: () => Effect.Effect<A, ConnectorError, R>) =>
    Effect.suspend(() => {
      try {
        return effect()
      } catch (error) {
        return error instanceof ConnectorError ? Effect.fail(error) : Effect.die(error)
      }
    }).pipe(Effect.mapError((error) => error.at({ table: formatTableName(table.name) })))

  let known: number | undefined
  const longest = (asked: Effect.Effect<number, ConnectorError>) =>
    known === undefined ? Effect.tap(asked, (length) => Effect.sync(() => (known = length))) : Effect.succeed(known)

  /** Looks rows up, in halves where one statement would be too long. */
  const found = (request: LookupRequest): Effect.Effect<ReadonlyArray<Row>, ConnectorError> => {
    const { table, columns, where, key, keys } = request
    const statement = statements.lookup(request)
    const whole = Effect.suspend(() =>
      Effect.map(ask({ statement, table, columns, where, by: key, maxBytes: Infinity }), ({ rows }) => rows),
    )
    if (maxStatement === undefined || keys.length === 1 || statement.text.length <= alwaysTaken) return whole
    return Effect.flatMap(longest(maxStatement), (most) => {
      if (statement.text.length <= most) return whole
      const half = Math.ceil(keys.length / 2)
      const parts = [keys.slice(0, half), keys.slice(half)]
      return Effect.map(
        Effect.forEach(parts, (part) => found({ ...request, keys: part })),
        (rows) => rows.flat(),
      )
    })
  }

  const toQuestion = (request: ReadRequest): Effect.Effect<Question<Param>, ConnectorError> => {
    const { table, columns, where, order, maxBytes } = request
    return about(table, () => {
      const refused = refusal(table, order, "order")
      if (refused !== undefined) return Effect.fail(refused)
      const given = request.hashed === true && dialect.digests !== undefined ? [...columns, hash] : columns
      return Effect.succeed({ statement: statements.read(request), table, columns: given, where, by: order, maxBytes })
    })
  }
  const toPage = (request: ReadRequest, { rows, bytes, complete }: Answer): Page =>
    pageOf(request, { rows, bytes, done: complete && rows.length < request.limit })

  /** Digests ranges, in halves where one statement would be too long. */
  const digested = (request: DigestRequest): Effect.Effect<ReadonlyArray<RangeDigest> | undefined, ConnectorError> => {
    const { table, where, key, span, bounds = [] } = request
    const statement = statements.digest(request)
    if (statement === undefined) return Effect.undefined
    if (request.bounds === undefined) return Effect.succeed([])
    const by = key.map(({ name }) => name)
    const whole = Effect.map(
      ask({ statement, table, columns: [text, text, hash], where, by, maxBytes: Infinity }),
      ({ rows }) =>
        rows.map(([range, count, digest = null]) => ({ range: Number(range), count: Number(count), digest })),
    )
    if (maxStatement === undefined || statement.text.length <= alwaysTaken) return whole
    return Effect.flatMap(longest(maxStatement), (most) => {
      const middle = bounds.length >> 1
      const bound = bounds[middle]
      if (statement.text.length <= most || bound === undefined) return whole
      return Effect.gen(function* () {
        const low = { ...request, span: { ...span, until: bound }, bounds: bounds.slice(0, middle) }
        const high = { ...request, span: { ...span, after: bound }, bounds: bounds.slice(middle + 1) }
        const above = ((yield* digested(high)) ?? []).map((one) => ({ ...one, range: one.range + middle + 1 }))
        return [...((yield* digested(low)) ?? []), ...above]
      })
    })
  }

  return {
    ...catalog,

    read: (request) =>
      Effect.flatMap(toQuestion(request), (question) =>
        about(request.table, () => Effect.map(ask(question), (answer) => toPage(request, answer))),
      ),

    ...(askMany === undefined
      ? {}
      : {
          readMany: Effect.fnUntraced(function* (requests: ReadonlyArray<ReadRequest>) {
            const questions = yield* Effect.forEach(requests, (request) => Effect.option(toQuestion(request)))
            const asked = requests.flatMap((request, index) =>
              Option.toArray(questions[index] ?? Option.none()).map((question) => ({ request, question })),
            )
            const answers = yield* askMany(asked.map(({ question }) => question))
            const pages = new Map(
              asked.map(({ request }, at) => [request, answers[at] && toPage(request, answers[at])] as const),
            )
            return requests.map((request) => pages.get(request))
          }),
        }),

    lookup: (request) => {
      const { table, key } = request
      return about(table, () => {
        const refused = refusal(table, key, "key")
        if (refused !== undefined) return Effect.fail(refused)
        return found(request)
      })
    },

    highest: (table, column, where) =>
      about(table, () => {
        const refused = refusal(table, [column.name], "order")
        if (refused !== undefined) return Effect.fail(refused)
        const statement = statements.highest(table, column, where)
        return Effect.map(
          ask({ statement, table, columns: [column], where, by: [column.name], maxBytes: Infinity }),
          ({ rows }) => rows[0]?.[0] ?? null,
        )
      }),

    readWhole: (request) => {
      const { table, columns, where, hashed } = request
      return about(table, () => {
        const given = hashed && dialect.digests !== undefined ? [...columns, hash] : columns
        const question = {
          statement: statements.whole(request),
          table,
          columns: given,
          where,
          by: [],
          maxBytes: Infinity,
        }
        return Effect.map(readWhole(question, request), ({ next }): Reading => ({ next: about(table, () => next) }))
      })
    },

    measure: (request) => {
      const { table, where, weighed, digested, since } = request
      return about(table, () => {
        const statement = statements.measure(request)
        const asked = { statement, table, columns: [text, text, text, text], where, by: [], maxBytes: Infinity }
        return Effect.map(ask(asked), ({ rows: [row] }): Measure => {
          const [rows, bytes, written, digest = null] = row ?? []
          return {
            rows: Number(rows),
            ...(weighed && dialect.weigh !== undefined ? { bytes: Number(bytes) } : {}),
            ...(since === undefined || dialect.since === undefined ? {} : { written: Number(written) }),
            ...(digested && dialect.digests !== undefined && digest !== null ? { digest } : {}),
          }
        })
      })
    },

    ...(dialect.place === undefined
      ? {}
      : {
          countBefore: (request: CountRequest) => {
            const { table, where, column, bounds } = request
            return about(table, () => {
              const statement = statements.countBefore(request)
              if (statement === undefined) return Effect.undefined
              if (bounds === undefined) return Effect.succeed([])
              const asked = { statement, table, columns: [text, text], where, by: [column.name], maxBytes: Infinity }
              return Effect.map(ask(asked), ({ rows }) => {
                const counts = new Map(rows.map(([place, count]) => [Number(place), Number(count)]))
                return [...bounds, undefined].map((_, range) => counts.get(range) ?? 0)
              })
            })
          },
        }),

    ...(dialect.digests === undefined ? {} : { digest: (request) => about(request.table, () => digested(request)) }),

    summarize: (request) => {
      const { table, where, key } = request
      return about(table, () => {
        const statement = statements.summarize(request)
        if (statement === undefined) return Effect.undefined
        const by = key.map(({ name }) => name)
        return Effect.map(
          ask({ statement, table, columns: [text, text, text], where, by, maxBytes: Infinity }),
          ({ rows: [row] }) => ({ count: row?.[0] ?? "0", sum: row?.[1] ?? "0", squares: row?.[2] ?? "0" }),
        )
      })
    },
  }
}
