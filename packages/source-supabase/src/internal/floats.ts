import { type Column, ConnectorError, type Filter, type Row, type Value } from "@starbase-replication/core/source"
import { bareType, elementType } from "@starbase-replication/postgres-values"
import * as Effect from "effect/Effect"
import type { Answered } from "./answer.ts"
import { type Asked, mostThatFit } from "./request.ts"
import { picker } from "./rows.ts"
import { toCanonical } from "./values.ts"

/**
 * Finds out whether doubles are printed with all of their digits. A role whose extra_float_digits is below 1 prints
 * 0.30000000000000004 as 0.3, which no text shows. One value with more digits than such a role prints is proof for the
 * run; until one comes, values of each page are asked for again by rows where they are not what was printed.
 */
export interface Floats {
  /** Whether rows of these columns are to be checked. */
  readonly isDoubtful: (columns: ReadonlyArray<Column>) => boolean
  /** Fails where digits were left out. */
  readonly check: (asked: Asked, rows: ReadonlyArray<Row>) => Effect.Effect<void, ConnectorError>
}

/** How rows are asked for, and whether a question is short enough to be asked. */
interface Door {
  readonly ask: (asked: Asked) => Effect.Effect<ReadonlyArray<Answered>, ConnectorError>
  readonly fits: (asked: Asked) => boolean
}

export const makeFloats = (door: Door): Floats => {
  let isProven = false
  return {
    isDoubtful: (columns) => !isProven && columns.some(isFloat),
    check: Effect.fnUntraced(function* (asked, rows) {
      const columns = asked.columns.filter(isFloat)
      const floats = picker(
        asked.columns,
        columns.map(({ name }) => name),
      )
      const holding = rows.filter((row) => floats(row).some((value) => value !== null))
      isProven ||= holding.some((row) => floats(row).some((value, at) => isLong(value, columns[at])))
      if (isProven || holding.length === 0) return
      if (holding.some((row) => floats(row).some((value, at) => isBeyond(value, columns[at])))) {
        return yield* leftOut(columns)
      }
      const sample = asked.order.some((name) => !columns.some((column) => column.name === name))
        ? holding.toSorted((one, other) => lengthOf(floats(other)) - lengthOf(floats(one)))
        : holding
      const question = (length: number) => askAgain(asked, columns, sample.slice(0, length))
      const length = mostThatFit(Math.min(sample.length, mostRows), (some) => door.fits(question(some)))
      const printed = columns.map((_, at) => new Set(sample.slice(0, length).map((row) => floats(row)[at] ?? null)))
      const converters = columns.map(({ sourceType }) => toCanonical(sourceType))
      // A row that has another text by now is another row than the one that was read.
      const isSame = (answered: Answered) =>
        answered.every((text, at) => {
          if (typeof text !== "string") return printed[at]?.has(null) === true
          // An array with bounds of its own is not equal to its text, which leaves them out.
          return !text.startsWith("[") && printed[at]?.has(converters[at]?.(text) ?? null) === true
        })
      if ((yield* door.ask(question(length))).some(isSame)) return yield* leftOut(columns)
    }),
  }
}

/** Significant digits of which no double has more where digits are left out. */
const mostDigits = new Map([
  ["real", 6],
  ["double precision", 15],
])

const digitsOf = (sourceType: string): number | undefined =>
  mostDigits.get(bareType(elementType(sourceType) ?? sourceType))

const isFloat = ({ sourceType }: Column): boolean => digitsOf(sourceType) !== undefined

const texts = (value: Value): ReadonlyArray<string> => value?.split(/[[\],"]/) ?? []

const isLong = (value: Value, column: Column | undefined): boolean =>
  texts(value).some((one) => significant(one) > (digitsOf(column?.sourceType ?? "") ?? 0))

/** Whether rounding made more of a number than its type holds, so that the server does not read its own text. */
const isBeyond = (value: Value, column: Column | undefined): boolean =>
  texts(value).some((one) => {
    const number = digitsOf(column?.sourceType ?? "") === 6 ? Math.fround(Number(one)) : Number(one)
    return Math.abs(number) === Number.POSITIVE_INFINITY && !one.endsWith("Infinity")
  })

const significant = (text: string): number =>
  text
    .replace(/e.*$/, "")
    .replace(/^-?[0.]*/, "")
    .replaceAll(/\D/g, "").length

const lengthOf = (values: Row): number => Math.max(...values.map((value) => value?.length ?? 0))

/** Of so many rows the values are asked for again at a time. */
const mostRows = 400

/** Asks for rows where the columns hold something else than what was printed of some rows. */
const askAgain = (asked: Asked, columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>): Asked => {
  const valuesOf = (name: string) => {
    const pick = picker(asked.columns, [name])
    return [...new Set(rows.flatMap((row) => pick(row)[0] ?? []))]
  }
  const exact = asked.order.filter((name) => !columns.some((column) => column.name === name))
  const near = exact.map((column): Filter => ({ column, op: "in", values: valuesOf(column) }))
  const [first] = asked.order
  const bounds = first === undefined ? [] : between(first, valuesOf(first))
  return {
    table: asked.table,
    columns,
    where: [...asked.where, ...(exact.length === 0 ? bounds : near)],
    differs: columns.map(({ name, type }) => [name, valuesOf(name).map(type === "json" ? toArray : String)]),
    order: [],
    limit: 1000,
  }
}

/** A range of doubles that holds those of which digits were left out. */
const between = (column: string, texts: ReadonlyArray<string>): ReadonlyArray<Filter> => {
  const numbers = texts.map(Number).filter((value) => Number.isFinite(value))
  const bound = (value: number) => String(Math.abs(value) > 3e38 ? Math.sign(value) / 0 : value)
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  return [
    { column, op: "gte", value: bound(low - Math.abs(low) * 1e-5) },
    { column, op: "lte", value: bound(high + Math.abs(high) * 1e-5) },
  ]
}

const toArray = (json: string): string => json.replaceAll("[", "{").replaceAll("]", "}")

const leftOut = (columns: ReadonlyArray<Column>): ConnectorError =>
  new ConnectorError({
    code: "unsupported",
    message: `The API leaves out digits of ${columns.map(({ name }) => `"${name}"`).join(", ")}: the values are others than it prints`,
    hint: "Reset extra_float_digits of the API's roles, authenticator among them, to 1 or above.",
    column: columns[0]?.name ?? "",
  })
