import { describe, expect, it } from "vitest"
import type { Plan } from "../src/plan/Plan.ts"
import { separator } from "../src/sync/Rows.ts"
import type { ColumnType } from "../src/table/Table.ts"
import { bare } from "./support/plan.ts"

/** Which of the marks tell that their row is deleted. */
const deletedOf = (type: ColumnType, marks: ReadonlyArray<string | null>) => {
  const columns = [
    { name: "id", type: "integer", sourceType: "int", nullable: false, as: undefined },
    { name: "mark", type, sourceType: type, nullable: true, as: undefined },
  ] as const
  const plan: Plan = {
    ...bare,
    table: { name: { name: "t" }, kind: "table", columns, key: ["id"] },
    columns,
    deletes: { kind: "soft", column: "mark" },
  }
  const { live, deletes } = separator(plan)(marks.map((mark, id) => [String(id), mark]))
  expect(live.length + deletes.length).toBe(marks.length)
  return deletes.map(([id]) => marks[Number(id)])
}

describe("a row is deleted", () => {
  it.each<[ColumnType, ReadonlyArray<string>, ReadonlyArray<string>]>([
    ["boolean", ["1"], ["0"]],
    ["integer", ["1", "2", "-1", "1700000000"], ["0"]],
    ["unsigned", ["1"], ["0"]],
    ["decimal", ["1", "0.1"], ["0", "0.00", "-0.0"]],
    ["real", ["1", "1e-9", "NaN"], ["0", "-0"]],
    ["timestamp", ["2024-01-01T00:00:00.000000"], ["0000-00-00 00:00:00", "0000-00-00 00:00:00.000000", "infinity"]],
    [
      "timestamptz",
      ["2024-01-01T00:00:00.000000Z", "1970-01-01T00:00:01.000000Z"],
      ["0000-00-00 00:00:00", "1970-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.000000Z", "-infinity"],
    ],
    ["date", ["2024-01-01"], ["0000-00-00", "0001-01-01", "1970-01-01", "9999-12-31"]],
    ["text", ["reader", "0"], [""]],
  ])("by a mark of %s such as %j, and not %j or NULL", (type, deleted, live) => {
    expect(deletedOf(type, [null, ...live, ...deleted])).toEqual(deleted)
  })
})
