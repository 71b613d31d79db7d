import { blankValue, maskValue } from "../mask/Mask.ts"
import { nameInReplica } from "../plan/InReplica.ts"
import type { Plan, PlanColumn } from "../plan/Plan.ts"
import type { Reject } from "../sink/Batch.ts"
import { sortKey } from "../table/SortKey.ts"
import type { Row, Value } from "../table/Table.ts"
import { pickReplicaKey } from "./Rows.ts"

/** The rows that can be stored as the plan says, and those that cannot. */
export interface Converted {
  readonly rows: ReadonlyArray<Row>
  readonly rejects: ReadonlyArray<Reject>
}

/**
 * Makes the function that turns rows as they are read into rows as the replica has them: by a plan's overrides and masks. Rows
 * with a value that has no exact form are set aside, under the key that the replica would have. Nothing after it sees a value
 * that is masked. A plan without overrides and masks costs nothing.
 */
export const makeConversion = (plan: Plan): ((rows: ReadonlyArray<Row>) => Converted) => {
  const conversions = plan.columns.flatMap((column, at) => {
    const convert = conversionOf(column)
    return convert === undefined ? [] : [{ at, column, convert }]
  })
  const blanks = (plan.blank ?? []).map(({ mask }) => (mask === undefined ? null : blankValue(mask)))
  const sorts = plan.columns.flatMap((column, at) => (column.sort === undefined ? [] : [{ at, column }]))
  if (conversions.length + blanks.length + sorts.length === 0) return (rows) => ({ rows, rejects: [] })

  const keyOf = pickReplicaKey(plan)
  return (rows) => {
    const kept: Array<Row> = []
    const rejects: Array<Reject> = []
    for (const row of rows) {
      const copy = row.slice()
      const bad = conversions.find(({ at, convert }) => {
        const value = row[at] ?? null
        if (value === null) return false
        const converted = convert(value)
        if (converted !== undefined) copy[at] = converted
        return converted === undefined
      })
      const keys = sorts.map(({ at }) => sortKeyOf(row[at] ?? null))
      const unsorted = bad ?? sorts[keys.indexOf(undefined)]
      if (unsorted === undefined) {
        const added = keys.map((key) => key ?? null)
        kept.push(blanks.length + added.length === 0 ? copy : [...copy, ...blanks, ...added])
      } else
        rejects.push({ key: keyOf(row), column: nameInReplica(unsorted.column), reason: reasonOf(unsorted.column) })
    }
    return { rows: kept, rejects }
  }
}

/** Undefined where a value has none. */
const sortKeyOf = (value: Value): Value | undefined => (value === null ? null : sortKey(value))

const reasonOf = ({ sourceType, as, mask, sort }: PlanColumn): string => {
  if (mask !== undefined) return `the ${sourceType} value is no text`
  return sort === undefined
    ? `the ${sourceType} value has no exact form as ${as}`
    : `the ${sourceType} value is no decimal that could be sorted`
}

type Conversion = (value: string) => string | null | undefined

const conversionOf = ({ type, as, mask }: PlanColumn): Conversion | undefined => {
  if (mask !== undefined) return maskValue(mask, type)
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
