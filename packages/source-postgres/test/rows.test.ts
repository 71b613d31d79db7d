import { describe, expect, it } from "vitest"
import { type DataRow, makeSplitter } from "../src/internal/driver/rows.ts"

const int32 = (number: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(number)
  return bytes
}

const message = (code: string, body: Buffer) => Buffer.concat([Buffer.from(code), int32(body.length + 4), body])

const row = (...values: ReadonlyArray<string | null>) =>
  message(
    "D",
    Buffer.concat([
      Buffer.from([values.length >> 8, values.length & 255]),
      ...values.flatMap((value) => {
        if (value === null) return [int32(-1)]
        const bytes = Buffer.from(value)
        return [int32(bytes.length), bytes]
      }),
    ]),
  )

/** What becomes of the chunks: the rows, and where they were taken out of the rest. */
const split = (chunks: ReadonlyArray<Buffer>) => {
  const rows: Array<DataRow> = []
  const rest: Array<Buffer> = []
  const order: Array<"row" | "rest"> = []
  const take = makeSplitter(
    (bytes) => {
      rest.push(Buffer.from(bytes))
      if (order.at(-1) !== "rest") order.push("rest")
    },
    (taken) => {
      rows.push(taken)
      order.push("row")
    },
  )
  for (const chunk of chunks) take(chunk)
  return {
    rows: rows.map(({ fields }) => fields),
    lengths: rows.map(({ length }) => length),
    rest: Buffer.concat(rest),
    order,
  }
}

const ready = message("Z", Buffer.from("I"))
const complete = message("C", Buffer.from("SELECT 3\0"))
const values = [
  ["1", "plain", null, ""],
  [null, null, null, null],
  ["ü", "naïve 🦆", "plain beside it", "\u0080\u00ff"],
]
const sent = Buffer.concat([message("T", Buffer.alloc(40)), ...values.map((each) => row(...each)), complete, ready])
const others = Buffer.concat([message("T", Buffer.alloc(40)), complete, ready])

describe("what a server sends", () => {
  it("is split into rows and the rest, in order, wherever the network cuts it", () => {
    const lengths = values.map((each) => row(...each).length - 1)
    const expected = { rows: values, lengths, rest: others, order: ["rest", "row", "row", "row", "rest"] }
    expect(split([sent])).toEqual(expected)
    for (let at = 1; at < sent.length; at++) {
      expect(split([sent.subarray(0, at), sent.subarray(at)])).toEqual(expected)
    }
    expect(split(Array.from(sent, (byte) => Buffer.from([byte])))).toEqual(expected)
  })

  it("may hold rows of many chunks, and many rows in one", () => {
    const large = "é".repeat(500_000)
    const bytes = Buffer.concat([row("1", large), ...Array.from({ length: 1000 }, (_, id) => row(String(id)))])
    const chunks = Array.from({ length: Math.ceil(bytes.length / 4089) }, (_, chunk) =>
      bytes.subarray(chunk * 4089, (chunk + 1) * 4089),
    )
    const { rows, rest } = split(chunks)
    expect(rows).toHaveLength(1001)
    expect(rows[0]?.[1] === large).toBe(true)
    expect(rows.at(-1)).toEqual(["999"])
    expect(rest).toHaveLength(0)
  })

  it.each([0, 3, -1, -2_147_483_648])("is left to pg from a message on whose length is %i", (length) => {
    const broken = Buffer.concat([Buffer.from("D"), int32(length), Buffer.from("more")])
    const { rows, rest } = split([row("1"), broken, row("2")])
    expect(rows).toEqual([["1"]])
    expect(rest).toEqual(Buffer.concat([broken, row("2")]))
  })

  it("ends where a value claims more than its message holds, and takes any length below 0 as NULL", () => {
    const body = Buffer.concat([Buffer.from([0, 2]), int32(-7), int32(100), Buffer.from("short")])
    expect(split([message("D", body), row("next")]).rows).toEqual([[null, "short"], ["next"]])
  })
})
