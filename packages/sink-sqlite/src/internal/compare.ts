import { pieceNames, rowOfPieces } from "./pieces.ts"
import { identifier } from "./quote.ts"
import { alias, each, fromJson, fromText, keyColumns, mine } from "./rowJson.ts"
import { type Plan, type PlanColumn, replicaType } from "@starbase-replication/core/sink"

/**
 * The columns of the key, by what stands for each, as the texts, or for doubles the numbers, from which their canonical
 * form is made.
 */
const keyTexts = (plan: Plan, names: ReadonlyArray<string>): string =>
  keyColumns(plan)
    .map((column, index) => {
      const type = replicaType(column)
      const name = names[index] ?? ""
      if (type === "blob") return `lower(hex(${name}))`
      return type === "integer" || type === "boolean" || type === "unsigned" ? `CAST(${name} AS TEXT)` : name
    })
    .join(", ")

/** The replica, called {@link alias.mine}. */
const replica = ({ into }: Plan): string => `${identifier(into)} AS ${alias.mine}`

/** The condition that a row follows the key that the first parameters are. */
const follows = (plan: Plan, hasAfter: boolean): string =>
  hasAfter
    ? ` WHERE (${plan.key.map(mine).join(", ")}) > (${keyColumns(plan)
        .map((column) => bound(column))
        .join(", ")})`
    : ""

/** The next keys after one, or from the first, in the replica's order. Its parameters are the key's values and the limit. */
export const keysStatement = (plan: Plan, hasAfter: boolean): string => {
  const names = plan.key.map(mine)
  return `SELECT ${keyTexts(plan, names)} FROM ${replica(plan)}${follows(plan, hasAfter)} ORDER BY ${names.join(", ")} LIMIT CAST(? AS INTEGER)`
}

/** A bound parameter as a value of a column's storage class, which decides SQLite's order. */
export const bound = (column: PlanColumn, parameter = "?"): string => {
  switch (replicaType(column)) {
    case "blob":
      return `unhex(${parameter})`
    case "integer":
    case "boolean":
      return `CAST(${parameter} AS INTEGER)`
    case "unsigned":
      return `(SELECT ${fromText(column, "given")} FROM (SELECT ${parameter} AS given))`
    default:
      return parameter
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
  const names = plan.key.map(mine)
  const rests = keyColumns(plan).map(
    ({ name, type }) => `(${type === "integer" ? mine(name) : uuidNumber(mine(name))}) % 2147483647`,
  )
  const number = rests.reduce((sofar, rest) => `(((${sofar}) * 31) + ${rest}) % 2147483647`)
  // A column of a subquery that is called true or false loses its name in SQLite.
  const aliases = names.map((_, index) => `k${index}`)
  return `WITH ${alias.keys} AS (
      SELECT ${names.map((name, index) => `${name} AS k${index}`).join(", ")}, ${number} AS n
      FROM ${replica(plan)}${follows(plan, hasAfter)}
      ORDER BY ${names.join(", ")} LIMIT CAST(? AS INTEGER))
    SELECT summary.*, ${keyTexts(plan, aliases)} FROM ${alias.keys},
      (SELECT count(*), CAST(sum(n) AS TEXT), CAST(sum(n * n % 2147483647) AS TEXT) FROM ${alias.keys}) AS summary
    ORDER BY ${aliases.map((one) => `${one} DESC`).join(", ")} LIMIT 1`
}

/** What follows the columns of a comparison: the rows given that the replica lacks, or of which it has other values. */
const differing = (plan: Plan, rows: string, values: ReadonlyArray<string>) => {
  const names = plan.columns.map(({ name }) => mine(name))
  const keyAt = plan.key.map((key) => plan.columns.findIndex((column) => column.name === key))
  const isMissing = `${names[keyAt[0] ?? 0]} IS NULL`
  return {
    kind: `iif(${isMissing}, 'missing', 'differs')`,
    from: `FROM ${rows} AS ${alias.given}
    LEFT JOIN ${replica(plan)} ON ${keyAt.map((index) => `${names[index]} = ${values[index]}`).join(" AND ")}
    WHERE ${isMissing} OR (${names.join(", ")}) IS NOT (${values.join(", ")})`,
  }
}

/** Compares rows given as JSON with the replica's, and gives kind and row of each that differs. */
export const compareStatement = (plan: Plan): string => {
  const row = `${alias.given}.value`
  const values = plan.columns.map((column, index) => fromJson(column, index, row))
  const { kind, from } = differing(plan, each("?"), values)
  return `SELECT ${kind}, ${row} ${from}`
}

/** Compares the row that pieces make, and gives the kind where it differs. */
export const comparePiecesStatement = (plan: Plan): string => {
  const pieces = pieceNames.map((_, place) => `?${place + 1}`)
  const values = plan.columns.map((_, index) => `${alias.given}.c${index}`)
  const { kind, from } = differing(plan, `(${rowOfPieces(plan, pieces)})`, values)
  return `SELECT ${kind} ${from}`
}

/** The ones of the keys, given as a JSON array, that the replica has. */
export const presentStatement = (plan: Plan): string => {
  const row = `${alias.given}.value`
  const matches = keyColumns(plan).map((column, index) => `${mine(column.name)} = ${fromJson(column, index, row)}`)
  return `SELECT ${row} FROM ${each("?")} AS ${alias.given}
    WHERE EXISTS (SELECT 1 FROM ${replica(plan)} WHERE ${matches.join(" AND ")})`
}

/** The ones of the keys, given as a JSON array of their texts, whose rows were set aside. Its parameters: table and keys. */
export const setAsideStatement = `SELECT ${alias.given}.value FROM ${each("?2")} AS ${alias.given}
  WHERE EXISTS (SELECT 1 FROM tmp_replication_rejects r WHERE r.name = ?1 AND r.key = ${alias.given}.value)`
