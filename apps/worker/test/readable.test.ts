import { expect, it } from "vitest"
import { readable } from "../scripts/lib/readable.ts"

const line = (event: string, fields: object) =>
  readable(
    JSON.stringify({
      time: "2026-01-01T10:20:30.400Z",
      level: "info",
      logger: "starbase-replication",
      event,
      ...fields,
    }),
  )
const orders = { source: "shop", table: "orders" }
const counts = { read: 12, written: 3, deleted: 1, rejected: 0, pages: 1, more: false, millis: 31 }
const down = { code: "unreachable", message: "Refused.", hint: "See that it is up." }

it.each([
  ["table.run", { ...orders, ...counts }, "orders: 12 read, 3 written, 1 deleted in 31 ms"],
  ["table.run", { ...orders, ...counts, more: true }, "orders: 12 read, 3 written, 1 deleted in 31 ms, more to come"],
  [
    "table.run",
    { ...orders, ...counts, code: "busy" },
    "orders: 12 read, 3 written, 1 deleted in 31 ms, stopped: busy",
  ],
  ["table.failing", { ...orders, ...down, failures: 1 }, "orders: unreachable: Refused. See that it is up."],
  [
    "source.down",
    { source: "shop", ...down, failures: 4, retryAt: "2026-01-01T10:20:35.000Z" },
    "source shop: unreachable: Refused. See that it is up. Failed 4 times in a row. Next try at 10:20:35.",
  ],
  ["source.up", { source: "shop", failures: 1 }, "source shop: up again after 1 failure"],
  [
    "table.recovered",
    { ...orders, ...counts, failures: 2 },
    "orders: well again after 2 failures; 12 read, 3 written, 1 deleted in 31 ms",
  ],
  ["table.drift", { ...orders, columns: ["a", "b"] }, "orders: goes on without a, b"],
  [
    "table.verified",
    { ...orders, checked: 9, differing: 1, repaired: 0 },
    "orders: 9 rows compared, 1 differ, 0 mended",
  ],
  [
    "table.verified",
    { ...orders, checked: 9, differing: 0, settled: 2, repaired: 0 },
    "orders: 9 rows compared, 0 differ, 0 mended, 2 settled",
  ],
  ["run.failed", { code: "storage", message: "No." }, "Nothing was run: storage: No."],
  [
    "defect",
    { code: "TypeError", stack: ["at f (a.ts:1:2)"] },
    "A defect of this project, please report it: TypeError\n    at f (a.ts:1:2)",
  ],
  [
    "table.unheard",
    { ...orders, some: 1 },
    'orders: table.unheard {"level":"info","source":"shop","table":"orders","some":1}',
  ],
])("says %s of %j in few words", (event, fields, words) => {
  expect(line(event, fields)).toBe(`10:20:30 ${words}`)
})

it.each(["", "plain words", "[1]", "null", '{"logger":"another"}'])("leaves %j as it is", (text) => {
  expect(readable(text)).toBe(text)
})

it.each([
  ["a table", { table: "a\u202eb\u001b[2Jc" }, "10:20:30 a⟨202E⟩b⟨001B⟩[2Jc: paused"],
  ["a table of two lines", { table: "a\n10:20:30 orders" }, "10:20:30 a⟨000A⟩10:20:30 orders: paused"],
])("shows what would change the terminal in the name of %s", (_, fields, expected) => {
  expect(line("table.paused", fields)).toBe(expected)
})

it("shows it in columns, messages and what others log, too", () => {
  expect(line("table.drift", { table: "t", columns: ["x\u2066", "\u200fy"] })).toBe(
    "10:20:30 t: goes on without x⟨2066⟩, ⟨200F⟩y",
  )
  const message = "first \u009b31m\n10:20:30 orders: 5 read"
  expect(line("run.failed", { code: "invalid-config", message })).toBe(
    "10:20:30 Nothing was run: invalid-config: first ⟨009B⟩31m\n    10:20:30 orders: 5 read",
  )
  expect(line("table.unheard", { some: "\u202e" })).not.toContain("\u202e")
  expect(readable("Uncaught \u202e\n    at f")).toBe("Uncaught ⟨202E⟩\n    at f")
})
