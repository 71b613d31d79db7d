import { expect, it } from "vitest"
import { codeOfResult } from "../src/codes.ts"

it.each([
  ["SQLITE_BUSY", "source-busy"],
  ["SQLITE_BUSY_SNAPSHOT", "source-busy"],
  ["SQLITE_IOERR_READ", "source-busy"],
  ["SQLITE_AUTH", "forbidden"],
  ["SQLITE_TOOBIG", "unsupported"],
  ["SQL_INPUT_ERROR", "unsupported"],
  ["", "unsupported"],
])("the result %j means %s", (result, code) => {
  expect(codeOfResult(result)).toBe(code)
})
