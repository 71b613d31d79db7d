import {
  type ConnectorError,
  type Description,
  type MadePage,
  pageOf,
  type ReadRequest,
  type Row,
  Source,
  type SourceShape,
  type TableName,
  type TableSchema,
  type Transactions,
  type Value,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { NewTable, SourceLayer } from "../../src/index.ts"
import { summaryOf } from "../../src/internal/summary.ts"
import { type Answer, type Ask, type Flaws, makeConnection, type Settings } from "./connection.ts"
import { digestBy, readDigested } from "./digests.ts"
import type { Select } from "./server.ts"
import { type Whole, wholeBy } from "./whole.ts"
import { canonical, columnOf, refuse, storedIn } from "./types.ts"

export const schema = "main"

interface Found extends NewTable {
  readonly isView: boolean
  readonly part: string
}

const described = (found: Found): TableSchema => {
  const columns = found.columns.map(columnOf)
  const nullable = new Set(columns.filter((column) => column.nullable).map(({ name }) => name))
  const unique = found.unique?.some((name) => nullable.has(name)) === true ? [] : (found.unique ?? [])
  return {
    name: { schema, name: found.name },
    kind: found.isView ? "view" : "table",
    columns,
    key: found.isView ? [] : (found.key ?? unique),
    ...(found.isView ? { untold: "is a view" } : { parts: [found.part] }),
  }
}

const makeSource = (ask: Ask): ToyShape => {
  const select = (asked: Asked, more: Partial<Select>): Effect.Effect<MadePage, ConnectorError> =>
    Effect.map(ask(toSelect(asked, more)), (answer) => toPage(asked, answer))
  const pageSelect = (request: ReadRequest): Effect.Effect<Select, ConnectorError> => {
    const { table, since, order, after, limit, maxBytes } = request
    const more = {
      ...(since === undefined ? {} : { since }),
      ...(after === undefined ? {} : { after: storedIn(table, order, after) }),
    }
    return Effect.as(refuse(table, order), toSelect(request, { order, limit, maxBytes, ...more }))
  }
  const readPlainly: ToyShape["read"] = (request) =>
    Effect.map(Effect.flatMap(pageSelect(request), ask), (answer) => toPage(request, answer))
  const read: ToyShape["read"] = (request) => readDigested(readPlainly, request)
  const discover: ToyShape["discover"] = (names) =>
    Effect.map(ask({ ask: "describe", names: names.map(({ name }) => name) }), ({ rows }) =>
      rows.map(([found], index) => {
        const isElsewhere = (names[index]?.schema ?? schema) !== schema
        return found === null || isElsewhere ? undefined : described(found as Found)
      }),
    )
  const transactions = Effect.map(ask({ ask: "transactions" }), ({ rows: [row = []] }) => {
    const [next, ...open] = row.map(String)
    return { next: next ?? "0", open, history: "the toys", horizon: "1" }
  })
  return {
    list: (asked = schema) =>
      Effect.map(ask({ ask: "list" }), ({ rows }) =>
        asked === schema ? rows.map(([name]) => ({ schema, name: String(name) })) : [],
      ),
    discover,
    structure: ({ name }) =>
      Effect.map(ask({ ask: "describe", names: [name.name] }), ({ rows: [row = []] }) => {
        const { isView, unique } = row[0] as Found
        const columns = unique?.map((column) => ({ name: column, descending: false }))
        return { indexes: isView || columns === undefined ? [] : [{ name: "unique", columns }], relations: [] }
      }),
    read,
    together: Effect.fnUntraced(function* (requests) {
      const selects = yield* Effect.forEach(requests, (request) => Effect.option(pageSelect(request)))
      const { rows } = yield* ask({ ask: "together", selects: selects.flatMap((one) => Option.toArray(one)) })
      const answers = rows.map(([answer]) => answer as Answer | null)
      return requests.map((request, place) => {
        const answer = selects[place]?._tag === "Some" ? answers.shift() : undefined
        return answer === null || answer === undefined ? undefined : toPage(request, answer)
      })
    }),
    lookup: (request) => {
      const { table, key } = request
      const keys = request.keys.map((values) => storedIn(table, key, values))
      const found = Effect.andThen(refuse(table, key), select(request, { order: key, keys }))
      return Effect.map(found, ({ rows }) => rows)
    },
    highest: (table, column, where) =>
      Effect.map(
        select(
          { table, columns: [column], where: [...where, { column: column.name, op: "isNotNull" }] },
          { order: [column.name], limit: 1, descending: true },
        ),
        ({ rows }) => rows[0]?.[0] ?? null,
      ),
    transactions,
    ...wholeBy((asked) => Effect.map(select(asked, {}), ({ rows }) => rows)),
    digest: digestBy(readPlainly),
    summarize: ({ table, where, key, after, until }) =>
      Effect.map(select({ table, columns: key, where }, {}), ({ rows }) =>
        summaryOf(
          rows
            .map((row) => row.map(String))
            .filter((row) => compareKeys(row, until) <= 0 && (after === undefined || compareKeys(row, after) > 0)),
        ),
      ),
  }
}

type Asked = Pick<ReadRequest, "table" | "columns" | "where">

const toSelect = ({ table, columns, where }: Asked, more: Partial<Select>): Select => ({
  ask: "select",
  order: [],
  limit: 1e9,
  maxBytes: 1e9,
  ...more,
  where,
  table: table.name.name,
  columns: columns.map(({ name }) => name),
})

const toPage = ({ columns }: Asked, answer: Answer): MadePage => {
  const rows = answer.rows.map((row) =>
    columns.map(({ sourceType }, place): Value => {
      const value = row[place]
      return typeof value === "string" ? canonical(sourceType, value) : null
    }),
  )
  return { rows, done: !answer.more, bytes: sizeOf(rows) }
}

const sizeOf = (rows: ReadonlyArray<Row>): number =>
  rows.reduce((sum, row) => sum + row.reduce((size, value) => size + (value?.length ?? 0), 0), 0)

/** Below, at or above 0, as keys of integers are sorted. */
const compareKeys = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): number => {
  const at = one.findIndex((value, index) => value !== other[index])
  if (at < 0) return 0
  return BigInt(one[at] ?? 0) < BigInt(other[at] ?? 0) ? -1 : 1
}

/** What the toy is changed as: its pages are made at once, and tables are described apart from transactions. */
export interface ToyShape extends Omit<SourceShape, "read" | "readMany" | "describe" | keyof Whole>, Whole {
  readonly discover: (names: ReadonlyArray<TableName>) => Effect.Effect<Description["tables"], ConnectorError>
  readonly read: (request: ReadRequest) => Effect.Effect<MadePage, ConnectorError>
  /** What `readMany` gives. */
  readonly together: (
    requests: ReadonlyArray<ReadRequest>,
  ) => Effect.Effect<ReadonlyArray<MadePage | undefined>, ConnectorError>
  /** The page that `read` gives, where it is another one. */
  readonly page?: SourceShape["read"]
  /** The transactions that `describe` gives, where they are others. */
  readonly described?: Effect.Effect<Transactions | undefined, ConnectorError>
}

const toSource = (toy: ToyShape): SourceShape => {
  const { discover, read, together, page, described, ...rest } = toy
  const transactions = described ?? toy.transactions ?? Effect.undefined
  return {
    ...rest,
    describe: (names) => Effect.all({ tables: discover(names), transactions }),
    read: page ?? ((request) => Effect.map(read(request), (made) => pageOf(request, made))),
    readMany: (requests) =>
      Effect.map(together(requests), (pages) =>
        pages.map((made, place) => {
          const request = requests[place]
          return made && request && pageOf(request, made)
        }),
      ),
  }
}

/** Something that is done to a correct source. */
export type Change = (source: ToyShape, settings: Settings) => ToyShape

/** A small source that keeps to the whole contract, unless something is done to it. */
export const toySource = (settings: Settings, flaws: Flaws = {}, change: Change = (source) => source): SourceLayer =>
  Layer.effect(
    Source,
    Effect.map(makeConnection(settings, flaws), (ask) => Source.of(toSource(change(makeSource(ask), settings)))),
  )
