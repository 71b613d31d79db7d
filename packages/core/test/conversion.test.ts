import { describe, expect, it } from "vitest"
import { makeConversion } from "../src/sync/Conversion.ts"
import type { Plan } from "../src/plan/Plan.ts"
import { bare } from "./support/plan.ts"

const convert = (as: "integer" | "real" | "text", value: string | null) => {
  const plan: Plan = {
    ...bare,
    columns: [
      { name: "id", type: "integer", sourceType: "int8", nullable: false, as: undefined },
      { name: "v", type: "decimal", sourceType: "numeric", nullable: true, as },
    ],
  }
  return makeConversion(plan)([["1", value]])
}

describe("overrides", () => {
  it.each([
    ["integer", "12", "12"],
    ["integer", "-12.000", "-12"],
    ["integer", "9223372036854775807", "9223372036854775807"],
    ["real", "0.1", "0.1"],
    ["real", "100.00", "100.00"],
    ["real", "1e-7", "1e-7"],
    ["real", "NaN", "NaN"],
    ["real", "0.000", "0.000"],
    ["text", "0.10", "0.10"],
    ["integer", null, null],
  ] as const)("as %s keeps %s", (as, value, kept) => {
    expect(convert(as, value)).toEqual({ rows: [["1", kept]], rejects: [] })
  })

  it.each([
    ["integer", "12.5"],
    ["integer", "9223372036854775808"],
    ["integer", "NaN"],
    ["real", "0.1000000000000000055511151231257827"],
    ["real", "12345678901234567890.123"],
    ["real", "1e999"],
    ["real", "abc"],
  ] as const)("as %s sets %s aside", (as, value) => {
    expect(convert(as, value)).toEqual({
      rows: [],
      rejects: [{ key: ["1"], column: "v", reason: `the numeric value has no exact form as ${as}` }],
    })
  })
})
