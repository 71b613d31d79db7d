import { ConnectorError } from "@starbase-replication/core/source"
import { describe, expect, it } from "vitest"
import { makeTaker } from "../src/internal/driver/pull.ts"
import { plain, toCanonical } from "../src/internal/values.ts"

const blob = toCanonical({ name: "b", type: "blob", sourceType: "longblob", nullable: true })

/** A value as servers send it, after its length in the shortest form. */
const value = (bytes: Buffer | null): Buffer => {
  if (bytes === null) return Buffer.from([251])
  const { length } = bytes
  if (length < 251) return Buffer.concat([Buffer.from([length]), bytes])
  const [first, size] = length < 2 ** 16 ? [252, 2] : length < 2 ** 24 ? [253, 3] : [254, 8]
  const head = Buffer.alloc(1 + size)
  head[0] = first
  head.writeUIntLE(length, 1, Math.min(size, 6))
  return Buffer.concat([head, bytes])
}
const row = (...values: ReadonlyArray<string | Buffer | null>): Buffer =>
  Buffer.concat(values.map((one) => value(typeof one === "string" ? Buffer.from(one) : one)))

/** What is taken of a row that lies among other packets. */
const taken = (bytes: Buffer, converts = [plain, plain, blob]) => {
  const taker = makeTaker({ converts, maxBytes: 1e9 })
  const around = Buffer.from([1, 2, 3, 4])
  taker.take({ buffer: Buffer.concat([around, bytes, around]), offset: 4, end: 4 + bytes.length })
  return taker.end(true)
}

describe("a row", () => {
  it.each([0, 1, 12, 13, 127, 128, 250, 251, 255, 256, 65_535, 65_536, 2 ** 24 - 1, 2 ** 24, 2 ** 24 + 1])(
    "may have a value of %i bytes",
    (length) => {
      const text = "x".repeat(length)
      const { rows, bytes } = taken(row("1", text, Buffer.from([0xff, 0x00])))
      expect(rows).toHaveLength(1)
      expect(rows[0]?.[1] === text).toBe(true)
      expect([rows[0]?.[0], rows[0]?.[2]]).toEqual(["1", "ff00"])
      expect(bytes).toBe(length + 3)
    },
  )

  it("tells NULL from no text and from no bytes", () => {
    expect(taken(row(null, "", null)).rows).toEqual([[null, "", null]])
    expect(taken(row("", null, Buffer.alloc(0))).rows).toEqual([["", null, ""]])
    expect(taken(row("", null, Buffer.alloc(0))).bytes).toBe(0)
  })

  it.each(["", "x".repeat(70_000)])("may have any text and any bytes beside each other", (more) => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    for (const text of ["é", "a\u0080", "žluť", "🎈", "\uFEFF", "\uFFFD", "a\0b", "\u007f"]) {
      expect(taken(row(text, more, every)).rows).toEqual([[text, more, every.toString("hex")]])
    }
  })

  it("is not taken where its text is no Unicode", () => {
    for (const bytes of [[0xed, 0xa0, 0x80], [0xff], [0x61, 0xc3], [0xf0, 0x9f, 0x8e]]) {
      expect(() => taken(row(Buffer.from(bytes), "", null))).toThrow(ConnectorError)
    }
  })

  it("is not taken where it is cut short, wherever that is", () => {
    const whole = row("12345", null, Buffer.alloc(300, 0xfc))
    for (let length = 0; length < whole.length; length++) {
      expect(() => taken(whole.subarray(0, length)), `${length} bytes`).toThrow(/MySQL protocol/)
    }
    expect(taken(whole).rows).toHaveLength(1)
    const text = row("1", "éé")
    for (let length = 0; length < text.length; length++) {
      expect(() => taken(text.subarray(0, length), [plain, plain]), `${length} bytes`).toThrow(/MySQL protocol/)
    }
    const large = row("1", "x".repeat(70_000), null)
    for (const length of [large.length - 1, large.length - 2, 5, 3, 2]) {
      expect(() => taken(large.subarray(0, length)), `${length} bytes`).toThrow(/MySQL protocol/)
    }
  })

  it("is not taken where it has more than its columns, or what is no length", () => {
    expect(() => taken(row("1", "2", null, "4"))).toThrow(/MySQL protocol/)
    expect(() => taken(row("1"), [])).toThrow(/MySQL protocol/)
    expect(() => taken(Buffer.concat([row("1", "2"), Buffer.from([255])]))).toThrow(/MySQL protocol/)
    const endless = Buffer.concat([row("1", "2"), Buffer.alloc(9, 0xff).fill(254, 0, 1), Buffer.alloc(20)])
    expect(() => taken(endless)).toThrow(/MySQL protocol/)
  })
})
