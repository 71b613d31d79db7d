import { type Column, type LogMessage, parseGtids, type TableSchema } from "@starbase-replication/core/source"
import { describe, expect, it } from "vitest"
import { kinds, makeReadEvent } from "../src/internal/log/events.ts"
import { makeLayout } from "../src/internal/log/layout.ts"
import { Translate } from "../src/internal/log/translate.ts"

const column = (name: string): Column => ({ name, type: "integer", sourceType: "int(11)", nullable: false })
const table: TableSchema = { name: { schema: "shop", name: "t" }, kind: "table", columns: [column("id")], key: ["id"] }
const other: TableSchema = { ...table, name: { schema: "shop", name: "other" } }
const layouts = new Map(
  ["t", "other"].map((name) => [`shop.${name}`, makeLayout("shop", name, [["id", "int(11)", null, null, null]])]),
)

const number = (value: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  bytes.writeUIntLE(value, 0, Math.min(size, 6))
  return bytes
}

const event = (kind: number, body: Buffer, flags = 0): Buffer =>
  Buffer.concat([
    number(0, 4),
    number(kind, 1),
    number(7, 4),
    number(19 + body.length, 4),
    number(0, 4),
    number(flags, 2),
    body,
  ])

const gtid = (sequence: number, flags = 0) =>
  event(kinds.mariadbGtid, Buffer.concat([number(sequence, 8), number(0, 4), number(flags, 1)]))
const query = (text: string) =>
  event(
    kinds.query,
    Buffer.concat([number(0, 8), number(4, 1), number(0, 4), Buffer.from("shop\0"), Buffer.from(text)]),
  )
const map = (name: string) =>
  event(
    kinds.tableMap,
    Buffer.concat([
      number(9, 6),
      number(0, 2),
      Buffer.from(`\u0004shop\0${String.fromCharCode(name.length)}${name}\0`),
      Buffer.from([1, 3, 0, 0]),
    ]),
  )
const insert = (id: number) =>
  event(23, Buffer.concat([number(9, 6), number(1, 2), Buffer.from([1, 0xff, 0]), number(id, 4)]))
const xid = event(kinds.xid, number(1, 8))

/** What events are told as. */
const told = (...events: ReadonlyArray<Buffer>): ReadonlyArray<LogMessage> => {
  const position = parseGtids("0-7-1")
  if (position === undefined) throw new Error("no position")
  const tables = [table, other].map((one) => ({ table: one, columns: one.columns, key: one.key }))
  const request = { from: "", end: "", skip: undefined, tables }
  const translate = new Translate({
    request,
    layoutOf: (name) => layouts.get(name),
    position,
    server: "s",
    last: undefined,
  })
  const read = makeReadEvent()
  for (const one of events) translate.feed(read(one))
  return translate.drain()
}
const begin = (sequence: number) => ({ kind: "begin", transaction: `0-7-${sequence}` })
const commit = (sequence: number) => ({ kind: "commit", end: `0-7-${sequence}` })

describe("events of a binlog", () => {
  it("are told within their transactions", () => {
    expect(told(gtid(2), map("t"), insert(5), xid, gtid(3), map("other"), insert(6), query("COMMIT"))).toMatchObject([
      begin(2),
      { kind: "change", table: 0, now: ["5"] },
      commit(2),
      begin(3),
      { kind: "change", table: 1, now: ["6"] },
      commit(3),
    ])
  })

  it("say nothing for sure of tables that were written and rolled back", () => {
    expect(told(gtid(2), map("t"), insert(5), query("ROLLBACK"))).toMatchObject([
      begin(2),
      { kind: "change" },
      { kind: "untold", tables: [0] },
      commit(2),
    ])
    expect(told(gtid(2), map("t"), insert(5), query("ROLLBACK TO `s`"), map("other"), insert(6), xid)).toMatchObject([
      begin(2),
      { kind: "change" },
      { kind: "untold", tables: [0] },
      { kind: "change", table: 1 },
      commit(2),
    ])
  })

  it("that are not understood may have written anything, unless they say that they can be left out", () => {
    const all = { kind: "untold", tables: [0, 1] }
    expect(told(gtid(2), event(99, Buffer.alloc(3)), xid)).toMatchObject([begin(2), all, commit(2)])
    expect(told(gtid(2), event(99, Buffer.alloc(3), 0x80), xid)).toEqual([])
    expect(told(event(kinds.incident, Buffer.alloc(3)))).toMatchObject([all])
    expect(told(gtid(2), event(18, Buffer.alloc(30)), xid)).toMatchObject([begin(2), all, commit(2)])
  })

  it("with rows that cannot be read say nothing for sure of their table", () => {
    const cut = insert(5).subarray(0, -2)
    expect(told(gtid(2), map("t"), cut, xid)).toMatchObject([begin(2), { kind: "untold", tables: [0] }, commit(2)])
  })
})
