import { nameInReplica } from "../plan/InReplica.ts"
import type { Plan, PlanColumn } from "../plan/Plan.ts"
import type { Reject } from "../sink/Batch.ts"
import type { Row } from "../table/Table.ts"

/** The rows that can be stored as the plan says, and those that cannot. */
export interface Converted {
  readonly rows: ReadonlyArray<Row>
  readonly rejects: ReadonlyArray<Reject>
}

/**
 * Makes the function that applies a plan's overrides to rows and sets aside those with a value that its override cannot
 * hold exactly. A plan without overrides costs nothing.
 */
export const makeConversion = (plan: Plan): ((rows: ReadonlyArray<Row>) => Converted) => {
  const overrides = plan.columns.flatMap((column, at) => {
    const convert = conversionOf(column)
    return convert === undefined ? [] : [{ at, column, convert }]
  })
  if (overrides.length === 0) return (rows) => ({ rows, rejects: [] })

  const keyAt = plan.key.map((name) => plan.columns.findIndex((column) => column.name === name))
  return (rows) => {
    const kept: Array<Row> = []
    const rejects: Array<Reject> = []
    for (const row of rows) {
      const copy = row.slice()
      const bad = overrides.find(({ at, convert }) => {
        const value = row[at] ?? null
        if (value === null) return false
        const converted = convert(value)
        if (converted !== undefined) copy[at] = converted
        return converted === undefined
      })
      if (bad === undefined) kept.push(copy)
      else {
        rejects.push({
          key: keyAt.map((at) => row[at] ?? null),
          column: nameInReplica(bad.column),
          reason: `the ${bad.column.sourceType} value has no exact form as ${bad.column.as}`,
        })
      }
    }
    return { rows: kept, rejects }
  }
}

const conversionOf = ({ type, as }: PlanColumn): ((value: string) => string | undefined) | undefined => {
  if (as === undefined || as === "text") return undefined
  return as === "integer" ? toInteger : type === "real" ? undefined : toReal
}

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n }

const toInteger = (value: string): string | undefined => {
  const digits = /^([+-]?\d+)(?:\.0*)?$/.exec(value)?.[1]
  if (digits === undefined) return undefined
  const integer = BigInt(digits)
  return integer >= int64.least && integer <= int64.most ? integer.toString() : undefined
}

/** The sign, the digits without leading and trailing zeros, and the power of ten of a decimal, or undefined. */
const parseDecimal = (text: string): string | undefined => {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text)
  if (match === null) return undefined
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match
  const digits = (whole + fraction).replace(/^0+/, "")
  if (digits === "") return whole + fraction === "" ? undefined : "0"
  const significant = digits.replace(/0+$/, "")
  const power = Number(exponent) - fraction.length + (digits.length - significant.length)
  return `${sign === "-" ? "-" : ""}${significant}e${power}`
}

const toReal = (value: string): string | undefined => {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return value
  const number = Number(value)
  if (!Number.isFinite(number)) return undefined
  const decimal = parseDecimal(value)
  return decimal !== undefined && decimal === parseDecimal(String(number)) ? value : undefined
}
