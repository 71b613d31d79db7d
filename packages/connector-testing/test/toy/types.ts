import { type Column, type ColumnType, ConnectorError, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { NewTable } from "../../src/index.ts"
import { isOffered } from "../../src/Without.ts"
import { kinds } from "./database.ts"

/** The toy's types that are no kinds of the kit. */
const ownTypes = new Map<string, ColumnType>([
  ["moment", "timestamptz"],
  ["bytes", "blob"],
  ["counter", "integer"],
])

/** A column as the toy describes it. */
export const columnOf = ({ name, type, nullable = false }: NewTable["columns"][number]): Column => {
  const sourceType = typeof type === "string" ? type : type.declared
  const kind = typeof type === "string" ? kinds[type] : undefined
  const own = ownTypes.get(sourceType) ?? "text"
  return { name, type: kind !== undefined && isOffered(kind) ? kind.becomes : own, sourceType, nullable, shape: name }
}

/** `2024-01-01 00:00:00.5` and `0xFF` as the canonical values that they are. */
export const canonical = (sourceType: string, value: string): string => {
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
export const storedIn = ({ columns }: TableSchema, names: ReadonlyArray<string>, values: ReadonlyArray<string>) =>
  values.map((value, place) => {
    const column = columns.find(({ name }) => name === names[place])
    return stored(column?.sourceType ?? "", value)
  })

/** Why rows cannot be told apart by a column, as for those of the toy's type that has no order. */
export const refuse = ({ columns }: TableSchema, names: ReadonlyArray<string>) =>
  columns.some(({ name, sourceType }) => sourceType === "sealed" && names.includes(name))
    ? Effect.fail(new ConnectorError({ code: "unsupported", message: "the type sealed tells no rows apart" }))
    : Effect.void
