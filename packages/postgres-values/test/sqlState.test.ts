import { expect, it } from "vitest"
import { codeOfSqlState } from "../src/index.ts"

it.each([
  ["42P01", "table-missing"],
  ["42501", "forbidden"],
  ["57014", "timeout"],
  ["57P01", "source-busy"],
  ["53300", "rate-limited"],
  ["53200", "source-busy"],
  ["08006", "unreachable"],
  ["42601", undefined],
  ["ZZ999", undefined],
])("%s is %s", (state, code) => {
  expect(codeOfSqlState(state)).toBe(code)
})
