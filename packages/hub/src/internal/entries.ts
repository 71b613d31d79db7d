import type { Value } from "@starbase-replication/core/source"
import type { Identity } from "../Identity.ts"
import type { Fed } from "./catalog.ts"
import { identifier, literal } from "./quote.ts"
import { isLoggedFor, mayHave } from "./tenant.ts"

/** A table whose changes are asked for, with the columns to tell. */
export interface Told {
  readonly fed: Fed
  readonly columns: ReadonlyArray<Fed["columns"][number]>
}

/**
 * What a value of a column is printed as, so that all of it comes through JSON; what is of no class of the column's is 0. A blob
 * must not come there, which SQLite may take for JSON of its own.
 */
const printed = (declared: string, value: string): string => {
  switch (declared) {
    case "INTEGER":
    case "":
      return `CAST(${value} AS TEXT)`
    case "REAL":
      return `iif(typeof(${value}) = 'real', quote(${value}), iif(typeof(${value}) = 'blob', 0, ${value}))`
    case "BLOB":
      return `iif(typeof(${value}) = 'blob', hex(${value}), iif(${value} IS NULL, NULL, 0))`
    default:
      return `iif(typeof(${value}) = 'blob', 0, ${value})`
  }
}

/** A function takes so many arguments in a Durable Object, and some are left. */
const argumentsAtOnce = 30

const inParts = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / argumentsAtOnce) }, (_, at) =>
    all.slice(at * argumentsAtOnce, (at + 1) * argumentsAtOnce),
  )

/** A value of the key in an entry as one that its column stores. */
const fromKey = (declared: string, place: number): string => {
  const text = `e.key->>'$[${place}]'`
  switch (declared) {
    case "INTEGER":
      return `CAST(${text} AS INTEGER)`
    case "BLOB":
      return `unhex(${text})`
    case "":
      return `iif(length(${text}) < 19 OR (length(${text}) = 19 AND ${text} <= '9223372036854775807'), CAST(${text} AS INTEGER), ${text})`
    default:
      return text
  }
}

/** The row of an entry's key, where whoever asks may have it now. */
const rowOf = ({ fed }: Told, identity: Identity): string => {
  const declaredOf = (name: string) => fed.columns.find((column) => column.name === name)?.declared ?? "TEXT"
  const matches = fed.key.map((name, place) => `t.${identifier(name)} = ${fromKey(declaredOf(name), place)}`)
  const condition = mayHave(fed, identity, "t")
  return `FROM ${identifier(fed.name)} AS t WHERE ${[...matches, ...(condition === undefined ? [] : [condition])].join(" AND ")}`
}

const named = ({ columns }: Told): string =>
  columns.map(({ name }, place) => `t.${identifier(name)} AS v${place}`).join(", ")

/** The row as JSON. */
const rowJson = (told: Told, identity: Identity): string => {
  const values = told.columns.map(({ declared }, place) => printed(declared, `v${place}`))
  const parts = inParts(values).map((part) => `json_array(${part.join(", ")})`)
  return `(SELECT json_array(${parts.join(", ")}) FROM (SELECT ${named(told)} ${rowOf(told, identity)}))`
}

/** A sum as a balanced tree, because SQLite bounds the depth of an expression. */
const sum = (terms: ReadonlyArray<string>): string => {
  if (terms.length <= 1) return terms[0] ?? "0"
  const half = terms.length >> 1
  return `(${sum(terms.slice(0, half))} + ${sum(terms.slice(half))})`
}

/** About how many bytes the row has. */
const rowWeight = (told: Told, identity: Identity): string => {
  const weights = told.columns.flatMap(({ declared }, place) =>
    declared === "INTEGER" || declared === "REAL" ? [] : [`ifnull(length(CAST(v${place} AS BLOB)), 0)`],
  )
  return `(SELECT ${sum([String(told.columns.length * 8), ...weights])} FROM (SELECT ${named(told)} ${rowOf(told, identity)}))`
}

export interface Window {
  readonly since: number
  readonly until: number
  readonly skip: number
  readonly entries: number
  readonly bytes: number
}

/**
 * The entries of a window, in the order of seq, name and key, each with the row as it is at that very moment: what left a tenant is
 * not there any more, and no value is told that was written under another one. Of a table that is not asked for there is an
 * empty text, and without a row null. The last column is how many entries there are before rows are weighed.
 */
export const entriesStatement = (told: ReadonlyArray<Told>, identity: Identity, window: Window): string => {
  const each = (sql: (one: Told) => string, otherwise: string): string =>
    told.length === 0
      ? otherwise
      : `CASE e.name ${told.map((one) => `WHEN ${literal(one.fed.name)} THEN ${sql(one)}`).join(" ")} ELSE ${otherwise} END`
  return `SELECT e.seq, e.name, e.key, ${each((one) => rowJson(one, identity), "''")}, e.total FROM (
    SELECT *, sum(w) OVER (ORDER BY seq, name, key, tenant ROWS UNBOUNDED PRECEDING) - w AS before, count(*) OVER () AS total FROM (
      SELECT e.tenant, e.seq, e.name, e.key, ifnull(${each((one) => rowWeight(one, identity), "0")}, 0) + 40 AS w FROM (
        SELECT tenant, seq, name, key FROM tmp_replication_changes
        WHERE ${isLoggedFor(identity, "tenant")} AND seq > ${window.since} AND seq <= ${window.until}
        ORDER BY seq, name, key, tenant LIMIT ${window.entries} OFFSET ${window.skip}) AS e)) AS e
    WHERE e.before < ${window.bytes} ORDER BY e.seq, e.name, e.key, e.tenant`
}

/** A text with half of a surrogate pair: a value that nobody can store. */
const nothing = "\uD800"

/** The canonical text of what {@link rowJson} printed; a value of a class that its column has no place for is none. */
export const toValue = ({ declared }: Fed["columns"][number], value: string | number | null): Value => {
  if (value === null) return null
  if (typeof value === "number") return nothing
  switch (declared) {
    case "INTEGER":
      return /^-?\d+$/.test(value) ? value : nothing
    case "REAL":
      if (value === "NaN" || value === "Infinity" || value === "-Infinity") return value
      return value.trim() === "" || Number.isNaN(Number(value)) ? nothing : String(Number(value))
    case "BLOB":
      return value.toLowerCase()
    default:
      return value
  }
}
