import type { TypeCase } from "../SourceHarness.ts"
import type { Given, NewTable } from "../Tables.ts"
import { columns } from "./made.ts"
import { moment, range } from "./samples.ts"

const typesPerTable = 40

/** The canonical text of a value of a type. */
export const canonicalOf = (value: TypeCase[2][number]): string => (typeof value === "string" ? value : value[1])
const givenOf = (value: TypeCase[2][number]): Given => (typeof value === "string" ? value : value[0])

/** Tables in which each type has a column, and each row holds the next value of every column; the last row holds none. */
export const typedTables = (types: ReadonlyArray<TypeCase>) =>
  range(Math.ceil(types.length / typesPerTable)).map((part) => {
    const some = types.slice(part * typesPerTable, (part + 1) * typesPerTable)
    const most = Math.max(...some.map(([, , values]) => values.length))
    const table: NewTable = {
      name: `kit_types_${part}`,
      columns: [
        ...columns({ id: "integer", at: "timestamptz" }),
        ...some.map(([declared], place) => ({ name: `c${place}`, type: { declared }, nullable: true })),
      ],
      key: ["id"],
    }
    // The row after the last value is NULL in every column.
    const rows = range(most + 1).map((n) => [
      String(n),
      moment(n),
      ...some.map(([, , values]) => {
        const value = values[n]
        return value === undefined ? null : givenOf(value)
      }),
    ])
    return { table, rows, types: some }
  })
