import { identifier } from "./quote.ts"
import { each, fromJson } from "./rowJson.ts"
import { type Plan, type PlanColumn, replicaType } from "@starbase-replication/core/sink"

/**
 * The columns of the key, by name or by what stands for each, as the texts, or for doubles the numbers, from which their
 * canonical form is made.
 */
const keyTexts = (plan: Plan, names: ReadonlyArray<string> = plan.key.map(identifier)): string =>
  plan.key
    .map((key, index) => {
      const column = plan.columns.find((one) => one.name === key)
      const type = column === undefined ? "text" : replicaType(column)
      const name = names[index] ?? ""
      if (type === "blob") return `lower(hex(${name}))`
      return type === "integer" || type === "boolean" || type === "unsigned" ? `CAST(${name} AS TEXT)` : name
    })
    .join(", ")

/** The next keys after one, or from the first, in the replica's order. Its parameters are the key's values and the limit. */
export const keysStatement = (plan: Plan, hasAfter: boolean): string => {
  const names = plan.key.map(identifier).join(", ")
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const bounds = columns.map((column) => bound(column)).join(", ")
  return `SELECT ${keyTexts(plan)} FROM ${identifier(plan.into)}${hasAfter ? ` WHERE (${names}) > (${bounds})` : ""} ORDER BY ${names} LIMIT CAST(? AS INTEGER)`
}

/** A bound parameter as a value of a column's storage class, which decides SQLite's order. */
const bound = (column: PlanColumn): string => {
  switch (replicaType(column)) {
    case "blob":
      return "unhex(?)"
    case "integer":
    case "boolean":
      return "CAST(? AS INTEGER)"
    default:
      return "?"
  }
}

/**
 * A UUID as a number, as `KeySummary` says; SQLite reads hexadecimal digits as JSON5 alone. A text that is none is 0.
 */
const uuidNumber = (name: string): string => {
  const parts = [`'0x' || substr(${name}, 1, 8)`, `'0x' || substr(${name}, 25, 12)`]
  const areValid = parts.map((part) => `json_valid(${part}, 2)`).join(" AND ")
  return `iif(${areValid}, ${parts.map((part) => `((${part}) ->> '$')`).join(" + ")}, 0)`
}

/**
 * Sums up the next keys after one, or from the first, as `KeySummary` says, with the texts of the last one; no row where
 * none follow. Its parameters are the key's values and the limit.
 */
export const summarizeStatement = (plan: Plan, hasAfter: boolean): string => {
  const names = plan.key.map(identifier)
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const bounds = columns.map((column) => bound(column)).join(", ")
  const rests = columns.map(({ name, type }) => {
    const number = type === "integer" ? identifier(name) : uuidNumber(identifier(name))
    return `(${number}) % 2147483647`
  })
  const number = rests.reduce((sofar, rest) => `(((${sofar}) * 31) + ${rest}) % 2147483647`)
  // Qualified, because ORDER BY takes a bare name for an alias first.
  const order = names.map((name) => `t.${name}`).join(", ")
  // A column of a subquery that is called true or false loses its name in SQLite.
  const aliases = names.map((_, index) => `k${index}`)
  return `WITH keys AS (
      SELECT ${names.map((name, index) => `${name} AS k${index}`).join(", ")}, ${number} AS n
      FROM ${identifier(plan.into)} AS t${hasAfter ? ` WHERE (${order}) > (${bounds})` : ""}
      ORDER BY ${order} LIMIT CAST(? AS INTEGER))
    SELECT summary.*, ${keyTexts(plan, aliases)} FROM keys,
      (SELECT count(*), CAST(sum(n) AS TEXT), CAST(sum(n * n % 2147483647) AS TEXT) FROM keys) AS summary
    ORDER BY ${aliases.map((alias) => `${alias} DESC`).join(", ")} LIMIT 1`
}

/**
 * Compares rows given as JSON with the replica's, and gives kind and key of each that differs. Its two parameters are
 * the rows of an apply.
 */
export const compareStatement = (plan: Plan): string => {
  const table = identifier(plan.into)
  const keyAt = plan.key.map((key) => plan.columns.findIndex((column) => column.name === key))
  const names = plan.columns.map((column) => `${table}.${identifier(column.name)}`)
  const given = plan.columns.map((_, index) => `given.c${index}`)
  const matches = keyAt.map((index) => `${names[index]} = ${given[index]}`).join(" AND ")
  const isMissing = `${names[keyAt[0] ?? 0]} IS NULL`
  return `SELECT iif(${isMissing}, 'missing', 'differs'), given.value
    FROM (SELECT value, ${plan.columns.map((column, index) => `${fromJson(column, index)} AS c${index}`).join(", ")}
      FROM ${each("?1 || coalesce(?2, '')")}) AS given
    LEFT JOIN ${table} ON ${matches}
    WHERE ${isMissing} OR (${names.join(", ")}) IS NOT (${given.join(", ")})`
}

/** The ones of the keys, given as a JSON array, that the replica has. */
export const presentStatement = (plan: Plan): string => {
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const matches = columns
    .map((column, index) => `${identifier(column.name)} = ${fromJson(column, index)}`)
    .join(" AND ")
  return `SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM ${identifier(plan.into)} WHERE ${matches})`
}
