import { expect, it } from "vitest"
import { ConnectorError } from "../src/error/ConnectorError.ts"

it("says where it happened without losing what it said, and keeps what it knew better", () => {
  const error = new ConnectorError({
    code: "timeout",
    message: "too slow",
    hint: "hurry",
    table: "public.a",
    retryAfter: 5,
  })
  const placed = error.at({ source: "shop", table: "b" })
  expect(placed).toMatchObject({ source: "shop", table: "public.a", retryAfter: 5 })
  expect(placed.describe()).toEqual({
    code: "timeout",
    message: "too slow",
    hint: "hurry",
    retryable: true,
    action: null,
    source: "shop",
    table: "public.a",
  })
})
