import {
  type Column,
  ConnectorError,
  type Page,
  pageOf,
  type Row,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Answered, findEdge, frameLength } from "./answer.ts"
import type { Answer, Client } from "./client.ts"
import { makeFloats } from "./floats.ts"
import { charactersFor, makePace, type Pace } from "./pace.ts"
import { type Asked, fitsUrl, makeQuery } from "./request.ts"
import { makeReader, picker } from "./rows.ts"

/** A page that is no more than so many times as large as was asked for is taken as it is. */
const uncut = 1.25

/** Reads pages of tables at the pace that each of them allows. */
export interface Pages {
  /** One page. It is done only where the API answered with no row at all: a short page may be the API's own cap. */
  readonly read: (asked: Asked, maxBytes: number) => Effect.Effect<Page, ConnectorError>
  /** All rows of an answer, up to about so many characters of it, and how many the API says that there are. */
  readonly whole: (
    asked: Asked,
    maxCharacters: number,
  ) => Effect.Effect<
    { readonly rows: ReadonlyArray<Row>; readonly total: number | undefined; readonly isWhole: boolean },
    ConnectorError
  >
  /** Whether the API shows any row of a table. */
  readonly any: (table: TableSchema, column: Column) => Effect.Effect<boolean, ConnectorError>
}

export const makePages = (client: Client, url: string): Pages => {
  const floats = makeFloats({
    ask: (asked) =>
      Effect.flatMap(client.ask(makeQuery(asked), 1_000_000), (answer) => client.rows(answer, asked.columns.length)),
    fits: (asked) => fitsUrl(url, asked),
  })
  const paces = new Map<string, Pace>()
  const paceOf = ({ table, columns }: Asked): Pace => {
    const id = JSON.stringify([table.name.schema, table.name.name, columns.length])
    const pace = paces.get(id) ?? makePace()
    paces.set(id, pace)
    return pace
  }

  /** Asks for ever fewer rows while even those take too long. */
  const ask = (asked: Asked, maxBytes: number, pace: Pace): Effect.Effect<Answer, ConnectorError> =>
    Effect.suspend(() => {
      const limit = pace.limit(asked.limit, maxBytes)
      return Effect.catchIf(
        client.ask(makeQuery({ ...asked, limit }), charactersFor(maxBytes)),
        (error) => isTooMuch(error) && pace.tooSlow(limit),
        () => ask(asked, maxBytes, pace),
      )
    })

  const makeRows = (asked: Asked, answer: Answer, maxBytes: number) =>
    Effect.flatMap(client.rows(answer, asked.columns.length), (answered) =>
      Effect.fromResult(takeRows(asked, answered, answer, maxBytes)),
    )

  /** A page that is to be cut, whose edge is not plain to see, or whose values are to be checked, is made at once. */
  const makePage = Effect.fnUntraced(function* (asked: Asked, answer: Answer, maxBytes: number, pace: Pace) {
    const width = asked.columns.length
    const edge = findEdge(answer.text, width)
    const last = edge && Result.getOrUndefined(makeReader(asked.columns, asked.order)(edge.last))
    const length = edge?.length ?? 0
    const bytes = Math.max(length, answer.bytes - length * frameLength(width))
    if (last === undefined || bytes > maxBytes * uncut || floats.isDoubtful(asked.columns)) {
      const { rows, ...made } = yield* makeRows(asked, answer, maxBytes)
      yield* floats.check(asked, rows)
      pace.took({ rows: rows.length, ...made })
      return pageOf(asked, { rows, bytes: made.bytes, done: rows.length === 0 })
    }
    pace.took({ rows: length, bytes, characters: answer.characters })
    const page: Page = {
      rows: Effect.map(makeRows(asked, answer, Number.POSITIVE_INFINITY), ({ rows }) => rows),
      length,
      last: picker(asked.columns, asked.order)(last).map((value) => value ?? ""),
      bytes,
      done: false,
    }
    return page
  })

  return {
    read: (asked, maxBytes) =>
      Effect.gen(function* () {
        const pace = paceOf(asked)
        const answer = yield* ask(asked, maxBytes, pace)
        return yield* makePage(asked, answer, maxBytes, pace)
      }),

    whole: (asked, maxCharacters) =>
      Effect.gen(function* () {
        const answer = yield* client.ask(makeQuery(asked), maxCharacters)
        const { total, isWhole } = answer
        const read = makeReader(asked.columns, asked.order)
        const answered = yield* client.rows(answer, asked.columns.length)
        const rows = yield* Effect.forEach(answered, (one) => Effect.fromResult(read(one)))
        if (floats.isDoubtful(asked.columns)) yield* floats.check(asked, rows)
        return { rows, total, isWhole }
      }),

    any: (table, column) =>
      Effect.gen(function* () {
        const asked = { table, columns: [column], where: [], order: [], limit: 1 }
        return (yield* client.rows(yield* client.ask(makeQuery(asked), 1), 1)).length > 0
      }),
  }
}

/** Statements that fewer rows would have saved. */
const isTooMuch = ({ code }: ConnectorError): boolean => code === "timeout"

/** The rows that were taken, about the bytes of their values, and the characters that they had in the answer. */
interface Taken {
  readonly rows: ReadonlyArray<Row>
  readonly bytes: number
  readonly characters: number
}

/** The rows of an answer, up to the one that reaches `maxBytes`. */
const takeRows = (
  asked: Asked,
  answered: ReadonlyArray<Answered>,
  answer: Answer,
  maxBytes: number,
): Result.Result<Taken, ConnectorError> => {
  const read = makeReader(asked.columns, asked.order)
  const pick = picker(asked.columns, asked.order)
  const perCharacter = Math.max(1, answer.bytes / Math.max(1, answer.characters))
  const rows: Array<Row> = []
  let bytes = 0
  let previous: Row | undefined
  for (const one of answered) {
    if (bytes >= maxBytes) break
    const result = read(one)
    if (Result.isFailure(result)) return Result.fail(result.failure)
    const row = result.success
    const key = pick(row)
    const isSame = previous !== undefined && key.every((value, place) => value === previous?.[place])
    if (isSame) return Result.fail(notUnique(asked, JSON.stringify(key)))
    previous = key
    rows.push(row)
    for (const value of row) if (value !== null) bytes += value.length * perCharacter
  }
  const characters = (answer.characters * rows.length) / Math.max(1, answered.length)
  return Result.succeed({ rows, bytes: Math.ceil(bytes), characters })
}

/** Two such rows follow each other; with an edge of pages between them, one of them would be lost. */
const notUnique = ({ order }: Asked, key: string): ConnectorError =>
  new ConnectorError({
    code: "key-not-unique",
    message: `Two rows have the same ${order.join(", ")}`,
    key,
  })
