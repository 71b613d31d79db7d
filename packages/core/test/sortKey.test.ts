import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sortKey } from "../src/table/SortKey.ts"

/** A decimal as an integer and how many of its digits follow the point. */
interface Decimal {
  readonly units: bigint
  readonly scale: number
}

const decimals: fc.Arbitrary<Decimal> = fc.record({
  units: fc.oneof(
    fc.bigInt({ min: -1000n, max: 1000n }),
    fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    fc.integer({ min: 0, max: 60 }).map((power) => 10n ** BigInt(power)),
    fc.integer({ min: 0, max: 60 }).map((power) => -(10n ** BigInt(power)) + 1n),
  ),
  scale: fc.integer({ min: 0, max: 45 }),
})

/** In one of the ways in which a source may write it. */
const write = ({ units, scale }: Decimal, zeros: number): string => {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0") + "0".repeat(zeros)
  const at = digits.length - scale - zeros
  const text = scale + zeros === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`
  return units < 0n ? `-${text}` : text
}

const compareNumbers = (a: Decimal, b: Decimal): number => {
  const [one, other] = [a.units * 10n ** BigInt(b.scale), b.units * 10n ** BigInt(a.scale)]
  return one < other ? -1 : one > other ? 1 : 0
}
const compareBytes = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
const keyOf = (text: string): string => sortKey(text) ?? `no key of ${text}`

describe("the sort key of a decimal", () => {
  it("is in the order of the numbers, and equal where they are", () => {
    fc.assert(
      fc.property(decimals, decimals, fc.nat(3), fc.nat(3), (a, b, zeros, more) => {
        expect(compareBytes(keyOf(write(a, zeros)), keyOf(write(b, more)))).toBe(compareNumbers(a, b))
      }),
      { numRuns: 20_000 },
    )
  })

  it("is in the order of neighbours, too, however long they are", () => {
    fc.assert(
      fc.property(decimals, fc.constantFrom(-1n, 1n, 0n), (a, step) => {
        const b = { ...a, units: a.units + step }
        expect(compareBytes(keyOf(write(a, 0)), keyOf(write(b, 2)))).toBe(compareNumbers(a, b))
      }),
      { numRuns: 5000 },
    )
  })

  it("puts infinities at the ends, and what is not a number after them", () => {
    const far = `${"9".repeat(131_072)}.${"9".repeat(16_383)}`
    const ordered = [
      "-Infinity",
      `-${far}`,
      "-1.5",
      "-1",
      `-0.${"0".repeat(16_382)}1`,
      "0",
      "1E-3",
      "1",
      "1.5",
      far,
      "Infinity",
      "NaN",
    ]
    const keys = ordered.map(keyOf)
    expect(keys.toSorted(compareBytes)).toEqual(keys)
    expect(new Set(keys).size).toBe(keys.length)
    expect([sortKey("-0.000"), sortKey("+0"), sortKey("1e2"), sortKey("100.0")]).toEqual([
      "1",
      "1",
      keyOf("100"),
      keyOf("100"),
    ])
  })

  it("is none of what is no decimal", () => {
    expect(["", ".", "-", "1,5", "$5", "0x10", "1e9999999", "ten"].map(sortKey)).toEqual(Array.from({ length: 8 }))
  })
})
