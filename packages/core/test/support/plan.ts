import type { Plan } from "../../src/plan/Plan.ts"

/** The plan of a table that has nothing but a key; a test says what is different. */
export const bare: Plan = {
  into: "t",
  source: "s",
  table: { name: { name: "t" }, kind: "table", columns: [], key: ["id"] },
  columns: [{ name: "id", type: "integer", sourceType: "bigint", nullable: false, as: undefined }],
  key: ["id"],
  whole: undefined,
  cursor: undefined,
  where: [],
  overlap: { millis: 0, values: 0n },
  deletes: { kind: "ignore" },
  verify: undefined,
  mode: "incremental",
  drift: "follow",
  hasChosenColumns: false,
  digests: false,
  batchSize: 100,
  adopt: false,
}
