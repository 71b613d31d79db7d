import {
  type Column,
  type ColumnType,
  ConnectorError,
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
import type { NewTable, SourceLayer } from "../../src/index.ts"
import { summaryOf } from "../../src/internal/summary.ts"
import { isOffered } from "../../src/Without.ts"
import { type Ask, type Flaws, makeConnection, type Settings } from "./connection.ts"
import { kinds } from "./database.ts"
import { digestBy, readDigested } from "./digests.ts"

export const schema = "main"

/** The toy's types that are no kinds of the kit. */
const ownTypes = new Map<string, ColumnType>([
  ["moment", "timestamptz"],
  ["bytes", "blob"],
  ["counter", "integer"],
])

const columnOf = ({ name, type, nullable = false }: NewTable["columns"][number]): Column => {
  const sourceType = typeof type === "string" ? type : type.declared
  const kind = typeof type === "string" ? kinds[type] : undefined
  const own = ownTypes.get(sourceType) ?? "text"
  return { name, type: kind !== undefined && isOffered(kind) ? kind.becomes : own, sourceType, nullable, shape: name }
}

/** `2024-01-01 00:00:00.5` and `0xFF` as the canonical values that they are. */
const canonical = (sourceType: string, value: string): string => {
  if (sourceType === "bytes") return value.slice(2).toLowerCase()
  if (sourceType !== "moment") return value
  const [seconds = "", fraction = ""] = value.replace(" ", "T").split(".")
  return `${seconds}.${fraction.padEnd(6, "0")}Z`
}

/** The way back. */
const stored = (sourceType: string, value: string): string => {
  if (sourceType === "bytes") return `0x${value.toUpperCase()}`
  if (sourceType !== "moment") return value
  return value
    .replace("T", " ")
    .replace(/Z$/, "")
    .replace(/\.?0+$/, "")
}

/** Values of columns as the server has them. */
const storedIn = ({ columns }: TableSchema, names: ReadonlyArray<string>, values: ReadonlyArray<string>) =>
  values.map((value, place) => {
    const column = columns.find(({ name }) => name === names[place])
    return stored(column?.sourceType ?? "", value)
  })

/** Why rows cannot be told apart by a column, as for those of the toy's type that has no order. */
const refuse = ({ columns }: TableSchema, names: ReadonlyArray<string>) =>
  columns.some(({ name, sourceType }) => sourceType === "sealed" && names.includes(name))
    ? Effect.fail(new ConnectorError({ code: "unsupported", message: "the type sealed tells no rows apart" }))
    : Effect.void

const described = (found: NewTable & { readonly isView: boolean }): TableSchema => {
  const columns = found.columns.map(columnOf)
  const nullable = new Set(columns.filter((column) => column.nullable).map(({ name }) => name))
  const unique = found.unique?.some((name) => nullable.has(name)) === true ? [] : (found.unique ?? [])
  return {
    name: { schema, name: found.name },
    kind: found.isView ? "view" : "table",
    columns,
    key: found.isView ? [] : (found.key ?? unique),
  }
}

const makeSource = (ask: Ask): ToyShape => {
  const select = (
    asked: { readonly table: TableSchema; readonly columns: ReadonlyArray<Column>; readonly where: Selected["where"] },
    more: Partial<Selected>,
  ): Effect.Effect<MadePage, ConnectorError> =>
    Effect.map(
      ask({
        ask: "select",
        order: [],
        limit: 1e9,
        maxBytes: 1e9,
        ...more,
        where: asked.where,
        table: asked.table.name.name,
        columns: asked.columns.map(({ name }) => name),
      }),
      (answer) => {
        const rows = answer.rows.map((row) =>
          asked.columns.map(({ sourceType }, place): Value => {
            const value = row[place]
            return typeof value === "string" ? canonical(sourceType, value) : null
          }),
        )
        return { rows, done: !answer.more, bytes: sizeOf(rows) }
      },
    )
  const readPlainly: ToyShape["read"] = (request) => {
    const { order, after, limit, maxBytes } = request
    const more = after === undefined ? {} : { after: storedIn(request.table, order, after) }
    return Effect.andThen(refuse(request.table, order), select(request, { order, limit, maxBytes, ...more }))
  }
  const read: ToyShape["read"] = (request) => readDigested(readPlainly, request)
  const discover: ToyShape["discover"] = (names) =>
    Effect.map(ask({ ask: "describe", names: names.map(({ name }) => name) }), ({ rows }) =>
      rows.map(([found], index) => {
        const isElsewhere = (names[index]?.schema ?? schema) !== schema
        return found === null || isElsewhere ? undefined : described(found as NewTable & { isView: boolean })
      }),
    )
  const transactions = Effect.map(ask({ ask: "transactions" }), ({ rows: [row = []] }) => {
    const [next, ...open] = row.map(String)
    return { next: next ?? "0", open }
  })
  return {
    list: (asked = schema) =>
      Effect.map(ask({ ask: "list" }), ({ rows }) =>
        asked === schema ? rows.map(([name]) => ({ schema, name: String(name) })) : [],
      ),
    discover,
    read,
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

type Selected = Extract<Parameters<Ask>[0], { readonly ask: "select" }>

const sizeOf = (rows: ReadonlyArray<Row>): number =>
  rows.reduce((sum, row) => sum + row.reduce((size, value) => size + (value?.length ?? 0), 0), 0)

/** Below, at or above 0, as keys of integers are sorted. */
const compareKeys = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): number => {
  const at = one.findIndex((value, index) => value !== other[index])
  if (at < 0) return 0
  return BigInt(one[at] ?? 0) < BigInt(other[at] ?? 0) ? -1 : 1
}

/** What the toy is changed as: its pages are made at once, and tables are described apart from transactions. */
export interface ToyShape extends Omit<SourceShape, "read" | "describe"> {
  readonly discover: (names: ReadonlyArray<TableName>) => Effect.Effect<Description["tables"], ConnectorError>
  readonly read: (request: ReadRequest) => Effect.Effect<MadePage, ConnectorError>
  /** The page that `read` gives, where it is another one. */
  readonly page?: SourceShape["read"]
  /** The transactions that `describe` gives, where they are others. */
  readonly described?: Effect.Effect<Transactions | undefined, ConnectorError>
}

const toSource = (toy: ToyShape): SourceShape => {
  const { discover, read, page, described: transactions = toy.transactions ?? Effect.undefined, ...rest } = toy
  return {
    ...rest,
    describe: (names) => Effect.all({ tables: discover(names), transactions }),
    read: page ?? ((request) => Effect.map(read(request), (made) => pageOf(request, made))),
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
