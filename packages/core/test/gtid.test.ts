import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { addSpan, coversGtids, type Gtids, type MysqlGtids, parseGtids, printGtids } from "../src/source/Gtid.ts"

const one = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
const two = "4e11fa47-71ca-11e1-9e33-c80aa9429562"

const parsed = (text: string): Gtids => {
  const gtids = parseGtids(text, "mysql")
  if (gtids === undefined) throw new Error(`${text} is no position`)
  return gtids
}

describe("positions by transaction ids", () => {
  it.each([
    ["0-1-42", "0-1-42"],
    ["0-1-42, 1-2-7", "0-1-42,1-2-7"],
    ["0-1-42 bin.000003:77@server_1", "0-1-42"],
    [`${one}:1-5`, `${one}:1-5`],
    [`${one.toUpperCase()}:1-5:7-9,\n${two}:3`, `${one}:1-5:7-9,${two}:3`],
    [`${one}:1-5, ${two}:1-3`, `${one}:1-5,${two}:1-3`],
    [`${one}:7-9:1-6`, `${one}:1-9`],
  ])("reads %j", (text, printed) => {
    expect(printGtids(parsed(text))).toBe(printed)
  })

  it.each(["0-1", "a-b-c", "0/16B3748", `${one}:tag:1-5`, `${one}:`, `${one}:5-1`, "0-1-42,", ":1", "0-1-42 and more"])(
    "takes %j for none",
    (text) => {
      expect(parseGtids(text)).toBeUndefined()
    },
  )

  it.each([
    ["0-1-42", "0-1-42", true],
    ["0-2-43", "0-1-42", true],
    ["0-1-41", "0-1-42", false],
    ["0-1-42,1-1-5", "1-9-5", true],
    ["0-1-42", "1-1-1", false],
    ["0-1-42", "", true],
    ["", "0-1-1", false],
    [`${one}:1-9`, `${one}:3-5`, true],
    [`${one}:1-4:6-9`, `${one}:3-7`, false],
    [`${one}:1-9`, `${two}:1`, false],
    [`${one}:1-9`, "", true],
    ["0-1-42", `${one}:1`, false],
    [`${one}:1`, "0-1-42", false],
  ])("says whether %j is past %j", (position, other, expected) => {
    expect(coversGtids(parsed(position), parsed(other))).toBe(expected)
  })

  it("adds transactions in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 })), (numbers) => {
        const gtids: MysqlGtids = { kind: "mysql", servers: new Map() }
        for (const number of numbers) addSpan(gtids, one, [BigInt(number), BigInt(number)])
        const spans = gtids.servers.get(one) ?? []
        for (let number = 0n; number <= 31n; number++) {
          const isIn = spans.some(([first, last]) => first <= number && number <= last)
          expect(isIn).toBe(numbers.includes(Number(number)))
        }
        expect(spans.every(([first], at) => at === 0 || first > (spans[at - 1]?.[1] ?? 0n) + 1n)).toBe(true)
        expect(parsed(printGtids(gtids))).toEqual(gtids)
      }),
    )
  })
})
