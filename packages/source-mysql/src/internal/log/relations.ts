import {
  type Column,
  formatTableName,
  type LogRequest,
  type LogRow,
  type Value,
} from "@starbase-replication/core/source"
import { type Convert, type RawValue, toCanonical } from "../values.ts"
import { Bytes } from "./bytes.ts"
import { decodeOf } from "./columns.ts"
import type { Rows, TableMap } from "./events.ts"
import type { Layout } from "./layout.ts"
import { skipOf } from "./skips.ts"
import type { Decode } from "./types/decode.ts"

/** A table that was asked for, and how rows of events become its own. */
export interface Relation {
  /** Its place among those that were asked for. */
  readonly table: number
  /** What reads each value of a row; undefined where the events' table is not as it is described. */
  readonly columns: ReadonlyArray<Decode> | undefined
  /** Of each wanted column its place, and what converts it. */
  readonly wanted: ReadonlyArray<{ readonly place: number; readonly convert: Convert }>
}

/** A change as an event has it. */
export interface RowChange {
  readonly old: LogRow | undefined
  readonly now: LogRow | undefined
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
    const layout = layoutOf(known)
    const wanted = layout && wantedOf(layout, asked.columns)
    if (layout === undefined || wanted === undefined || layout.columns.length !== types.length) {
      return { table, columns: undefined, wanted: [] }
    }
    const isWanted = new Set(wanted.map(({ place }) => place))
    const columns = layout.columns.flatMap((column, place) => {
      const type = types[place]
      return (type && (isWanted.has(place) ? decodeOf(column, type) : skipOf(type))) ?? []
    })
    return { table, columns: columns.length === types.length ? columns : undefined, wanted }
  }
}

/** Undefined where a column is not, or no longer, as it was described. */
export const wantedOf = (layout: Layout, columns: ReadonlyArray<Column>): Relation["wanted"] | undefined => {
  const places = new Map(layout.columns.map((column, place) => [column.name, { ...column, place }]))
  const wanted = columns.flatMap((column) => {
    const found = places.get(column.name)
    return found?.sourceType === column.sourceType ? [{ place: found.place, convert: toCanonical(column) }] : []
  })
  return wanted.length === columns.length ? wanted : undefined
}

/** A row of an event: each value, and where it stands in the bytes. */
interface Image {
  readonly values: ReadonlyArray<RawValue | null>
  readonly ends: ReadonlyArray<number>
  readonly start: number
}

/** Reads the rows of an event one by one. */
export function* rowsOf(columns: ReadonlyArray<Decode>, wanted: Relation["wanted"], { change, data }: Rows) {
  const bytes = new Bytes(data)
  while (bytes.left > 0) {
    const first = readImage(bytes, columns)
    const firstRow = toRow(first, wanted)
    if (change === "insert") yield { old: undefined, now: firstRow }
    else if (change === "delete") yield { old: firstRow, now: undefined }
    else {
      const second = readImage(bytes, columns)
      yield { old: firstRow, now: toRow(second, wanted, { image: first, values: firstRow, data }) }
    }
  }
}

const readImage = (bytes: Bytes, columns: ReadonlyArray<Decode>): Image => {
  const nulls = bytes.take((columns.length + 7) >> 3)
  const start = bytes.at
  const ends: Array<number> = []
  const values = columns.map((decode, place) => {
    const value = ((nulls[place >> 3] ?? 0) >> (place & 7)) & 1 ? null : decode(bytes)
    ends.push(bytes.at)
    return value
  })
  return { values, ends, start }
}

/** What has the same bytes as before is the same. */
const toRow = (
  image: Image,
  wanted: Relation["wanted"],
  before?: { readonly image: Image; readonly values: ReadonlyArray<Value>; readonly data: Buffer },
): ReadonlyArray<Value> =>
  wanted.map(({ place, convert }, at) => {
    const value = image.values[place] ?? null
    if (value === null) return null
    const old = before?.image.values[place] ?? null
    if (before !== undefined && old !== null) {
      const [start, end] = spanOf(image, place)
      const [oldStart, oldEnd] = spanOf(before.image, place)
      if (before.data.compare(before.data, start, end, oldStart, oldEnd) === 0) return before.values[at] ?? null
    }
    return convert(value)
  })

const spanOf = ({ ends, start }: Image, place: number): readonly [number, number] => [
  place === 0 ? start : (ends[place - 1] ?? start),
  ends[place] ?? start,
]
