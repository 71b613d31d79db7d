import { expect, it } from "vitest"
import { isHyperdrive, Taker } from "../src/index.ts"

// How addresses are read is tested with each form of them, in source-postgres and source-mysql.
it.each([
  ["abc.hyperdrive.local", true],
  ["ABC.Hyperdrive.Local", true],
  ["hyperdrive.local.example.com", false],
  ["localhost", false],
])("%s is a pooler: %s", (host, expected) => {
  expect(isHyperdrive(host)).toBe(expected)
})

it("takes rows up to a bound, the first one always, and reads past so many of the others", () => {
  const taker = new Taker(10)
  expect(taker.isFull()).toBe(false)
  taker.rows.push(["a".repeat(11)])
  taker.bytes += 11
  expect(taker.isFull()).toBe(true)
  expect(taker.end(true)).toEqual({ rows: [["a".repeat(11)]], bytes: 11, complete: true, reusable: true })
  expect([taker.leave(4_000_000), taker.leave(1)]).toEqual([true, false])
  expect(taker.end(false)).toMatchObject({ bytes: 11, complete: false, reusable: false })
  expect(new Taker(0).isFull()).toBe(false)
})
