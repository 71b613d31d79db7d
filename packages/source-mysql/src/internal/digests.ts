import type { Column } from "@starbase-replication/core/source"
import { type Digests, type Operand, type Operator, operators, type Rank } from "@starbase-replication/sql-source"
import { literal, textLiteral } from "./literals.ts"
import { collationOf, isComparable, isOrdered, isTruth } from "./types.ts"

/** Types of which no value's text has a comma. */
const plain: ReadonlySet<Column["type"]> = new Set([
  "integer",
  "unsigned",
  "real",
  "decimal",
  "date",
  "time",
  "timestamp",
  "timestamptz",
])

/** Longer values count by a hash of their own, lest a row be longer than what the server puts together. */
const maxPart = 1000

/**
 * A value so that where it ends is known: NULL is nothing at all, which is no value of a plain type, and all others have
 * their length before them. Bytes are never converted, which could fail or make two values one.
 */
const part = (column: Operand, read: string): string => {
  const { sql, type } = column
  if (plain.has(type)) return `IFNULL(${read},'')`
  return `IFNULL(CONCAT(LENGTH(${sql}),_binary':',IF(LENGTH(${sql})>${maxPart},UNHEX(MD5(${sql})),${sql})),'')`
}

/** A literal to compare bytes with, as short as can be. */
const bytesLiteral = (value: string): string => (/^[\w :./+-]*$/.test(value) ? `'${value}'` : textLiteral(value))

/** Character sets of which the server's own bytes are those of UTF-8. */
const isUtf8 = (charset: string): boolean => /^(?:utf8|utf8mb3|utf8mb4|ascii)$/.test(charset)

/** A column's canonical text as bytes; undefined where that is not known. */
const canonicalBytes = ({ sql, type, sourceType }: Operand): string | undefined => {
  const bits = /^bit\((\d+)\)/.exec(sourceType)?.[1]
  if (bits !== undefined) return `CAST(LPAD(BIN(${sql} + 0), ${bits}, '0') AS BINARY)`
  if (type === "time") {
    const digits = Number(/\((\d)\)/.exec(sourceType)?.[1] ?? 0)
    return `CAST(CONCAT(${sql}, '${digits === 0 ? "." : ""}${"0".repeat(6 - digits)}') AS BINARY)`
  }
  if (type === "decimal") return sourceType.includes("zerofill") ? undefined : `CAST(${sql} AS BINARY)`
  const charset = collationOf(sourceType)?.charset
  const isPlain = charset !== undefined && isUtf8(charset) && /^(?:var)?char\b/.test(sourceType)
  if (!isPlain) return `CAST(CONVERT(${sql} USING utf8mb4) AS BINARY)`
  // MariaDB alone reads what stands in the first comment: to compare so takes a fifth of the time. MySQL reads the second.
  return `/*M!100202 ${sql} COLLATE ${charset}_nopad_bin *//*!50700 CAST(${sql} AS BINARY) */`
}

/** Types whose own order is that of numbers, bytes or times, which is that of their canonical texts. */
const ownOrder: ReadonlySet<Column["type"]> = new Set([
  "integer",
  "unsigned",
  "real",
  "boolean",
  "blob",
  "date",
  "timestamp",
  "timestamptz",
])

/**
 * No value of a fixed length equals a shorter one, but by an index the server compares with the shorter one filled up: what
 * does not ask for equality is the same either way.
 */
const strict: Readonly<Record<Operator, Operator>> = {
  eq: "eq",
  neq: "neq",
  lt: "lt",
  lte: "lt",
  gt: "gte",
  gte: "gte",
}

/** The server finds the place among whole numbers by itself. */
const countBelow = (sql: string, bounds: ReadonlyArray<string>): string =>
  `INTERVAL(${sql},${bounds.map((bound) => String(BigInt(bound) + 1n)).join(",")})`

const rank = (column: Operand): Rank | undefined => {
  if (isTruth(column) || !isOrdered(column.sourceType) || !isComparable(column.sourceType)) return undefined
  if (ownOrder.has(column.type)) {
    const fixed = Number(/^binary\((\d+)\)/.exec(column.sourceType)?.[1] ?? 0)
    const compare: Rank["compare"] = (sql, op, value) =>
      `${sql}${operators[value.length < 2 * fixed ? strict[op] : op]}${literal(column, value)}`
    const isWhole = column.type === "integer" || column.type === "unsigned"
    return { sql: column.sql, isIndexed: true, compare, ...(isWhole ? { countBelow } : {}) }
  }
  const bytes = canonicalBytes(column)
  if (bytes === undefined) return undefined
  const compare: Rank["compare"] = (sql, op, value) => `${sql}${operators[op]}${bytesLiteral(value)}`
  return { sql: bytes, isIndexed: false, compare }
}

/** How rows are digested: `select` gives a column as it is read. */
export const makeDigests = (select: (column: Operand) => string): Digests => {
  /** 16 hexadecimal digits. What the server will not put together or hash is never the same twice. */
  const digits = (columns: ReadonlyArray<Operand>) => {
    const parts = columns.map((column) => part(column, select(column))).join(",")
    return `LEFT(IFNULL(MD5(CONCAT_WS(_binary',',${parts})),MD5(UUID())),16)`
  }
  return {
    hash: (columns) => `UNHEX(${digits(columns)})`,
    summand: digits,
    combine: (summand) => `UNHEX(LPAD(HEX(BIT_XOR(CAST(CONV(${summand},16,10) AS UNSIGNED))),16,'0'))`,
    total: (summand) => `CAST(SUM(CAST(CONV(${summand},16,10) AS UNSIGNED)) AS CHAR)`,
    rank,
  }
}
