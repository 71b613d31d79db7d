import type { Column, ColumnType, Value } from "../table/Table.ts"

/** Times that stand for "never" where a column cannot be NULL: zero dates, infinity, and the ends of calendars and clocks. */
const never = /^(?:0000-00-00|0001-01-01|9999-12-31|-?infinity|1970-01-01(?:T00:00:00\.0+Z?)?$)/

const isZero = (value: string): boolean => Number(value) === 0

const isNever = (value: string): boolean => never.test(value)

/** The values besides NULL of a mark that say that its row is there, by the mark's type. */
const standing: Partial<Readonly<Record<ColumnType, (value: string) => boolean>>> = {
  boolean: isZero,
  integer: isZero,
  unsigned: isZero,
  decimal: isZero,
  real: isZero,
  date: isNever,
  timestamp: isNever,
  timestamptz: isNever,
}

/** Whether a value of a column that marks deleted rows says that its row is deleted. */
export const isMarked = ({ type }: Pick<Column, "type">): ((mark: Value) => boolean) => {
  const stands = standing[type] ?? ((value) => value === "")
  return (mark) => mark !== null && !stands(mark)
}

/** What is wrong with a column as a mark of deleted rows; undefined where its rows may be there. */
export const markProblem = ({ name, type, sourceType, nullable }: Column): string | undefined =>
  nullable || standing[type] !== undefined
    ? undefined
    : `"${name}" is ${sourceType} and never NULL, so that all rows would be taken for deleted; name a boolean, a number (0 is not deleted) or a time, or leave deleted rows out with where`
