import { type Column, formatTableName, type LogRequest, type LogRow } from "@starbase-replication/core/source"
import { type Convert, type RawValue, toCanonical } from "../values.ts"
import { Bytes } from "./bytes.ts"
import { decodeOf } from "./columns.ts"
import type { Rows, TableMap } from "./events.ts"
import type { Layout } from "./layout.ts"
import { skipOf } from "./skips.ts"
import type { Decode } from "./types/decode.ts"

/** How rows of events become those of a table that was asked for. */
export interface Readable {
  /** What reads each value of a row, and of what it was before, of which the key alone is wanted. */
  readonly columns: ReadonlyArray<Decode>
  readonly keys: ReadonlyArray<Decode>
  /** Of each wanted column its place, and what converts it. */
  readonly wanted: ReadonlyArray<{ readonly place: number; readonly convert: Convert; readonly isKey: boolean }>
}

/** A table that was asked for, by its place among those; not readable where the events' table is not as it is described. */
export interface Relation {
  readonly table: number
  readonly readable: Readable | undefined
}

/** Makes the function that finds the table that events are of; undefined for one that nobody asked for. */
export const makeRelations = (
  { tables }: LogRequest,
  layoutOf: (table: string) => Layout | undefined,
): ((map: TableMap) => Relation | undefined) => {
  const places = new Map(tables.map(({ table }, place) => [formatTableName(table.name), place]))
  return ({ schema, name, types }) => {
    const known = formatTableName({ schema, name })
    const table = places.get(known)
    const asked = table === undefined ? undefined : tables[table]
    if (table === undefined || asked === undefined) return undefined
    return { table, readable: readableOf(types, layoutOf(known), asked) }
  }
}

const readableOf = (
  types: TableMap["types"],
  layout: Layout | undefined,
  { columns, key }: LogRequest["tables"][number],
): Readable | undefined => {
  const wanted = layout && wantedOf(layout, columns, key)
  if (layout === undefined || wanted === undefined || layout.columns.length !== types.length) return undefined
  const found = new Map(wanted.map((one) => [one.place, one]))
  const decodes = types.flatMap((type, place) => {
    const column = layout.columns[place]
    const skip = skipOf(type)
    const decode = column !== undefined && found.has(place) ? decodeOf(column, type) : skip
    if (decode === undefined) return []
    return [{ decode, key: found.get(place)?.isKey === true ? decode : (skip ?? decode) }]
  })
  if (decodes.length !== types.length) return undefined
  return { wanted, columns: decodes.map(({ decode }) => decode), keys: decodes.map(({ key: decode }) => decode) }
}

/** Undefined where a column is not, or no longer, as it was described. */
const wantedOf = (
  layout: Layout,
  columns: ReadonlyArray<Column>,
  key: ReadonlyArray<string>,
): Readable["wanted"] | undefined => {
  const places = new Map(layout.columns.map((column, place) => [column.name, { ...column, place }]))
  const wanted = columns.flatMap((column) => {
    const found = places.get(column.name)
    return found?.sourceType === column.sourceType
      ? [{ place: found.place, convert: toCanonical(column), isKey: key.includes(column.name) }]
      : []
  })
  return wanted.length === columns.length ? wanted : undefined
}

/** Reads the rows of an event one by one: of what a row was before, its key alone. */
export function* rowsOf({ columns, keys, wanted }: Readable, { change, data }: Rows) {
  const bytes = new Bytes(data)
  const now = () => toRow(readImage(bytes, columns), wanted, false)
  const old = () => toRow(readImage(bytes, keys), wanted, true)
  while (bytes.left > 0) {
    const before = change === "insert" ? undefined : old()
    yield { old: before, now: change === "delete" ? undefined : now() }
  }
}

const readImage = (bytes: Bytes, columns: ReadonlyArray<Decode>): ReadonlyArray<RawValue | null> => {
  const nulls = bytes.take((columns.length + 7) >> 3)
  return columns.map((decode, place) => (((nulls[place >> 3] ?? 0) >> (place & 7)) & 1 ? null : decode(bytes)))
}

const toRow = (values: ReadonlyArray<RawValue | null>, wanted: Readable["wanted"], isKeyOnly: boolean): LogRow =>
  wanted.map(({ place, convert, isKey }) => {
    if (isKeyOnly && !isKey) return undefined
    const value = values[place] ?? null
    return value === null ? null : convert(value)
  })
