import type { EventEmitter } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { takeRows } from "../src/internal/driver/rows.ts"
import { readLarge } from "../src/internal/driver/socket.ts"

// What is used of pg beyond its interface. Where a version of it reads otherwise, all works still, only slower; so it must
// be seen here.

let server: Postgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

it("pg leaves the reading of rows to the splitter", async () => {
  const client = new pg.Client(server.url)
  takeRows(client.connection)
  const rows: Array<object> = []
  client.connection.on("dataRow", (row: object) => rows.push(row))
  await client.connect()
  try {
    const { rows: found } = await client.query({ text: "SELECT 1 AS a, NULL AS b, 'ü' AS c", rowMode: "array" })
    expect(found).toEqual([[1, null, "ü"]])
    // pg's own rows count their fields, too.
    expect(rows).toEqual([{ fields: ["1", null, "ü"], length: 21 }])
  } finally {
    await client.end()
  }
})

it("pg's socket of Workers is read with a buffer of this package's own", async () => {
  const near = createRequire(createRequire(import.meta.url).resolve("pg"))
  const { CloudflareSocket } = near(join(dirname(near.resolve("pg-cloudflare/package.json")), "dist/index.js")) as {
    readonly CloudflareSocket: new (ssl: boolean) => EventEmitter & Record<"_cfSocket" | "_cfReader", unknown>
  }
  const socket = new CloudflareSocket(false)
  const sent = new Uint8Array(100_000).map((_, index) => index % 251)
  const readable = new ReadableStream({
    type: "bytes",
    start: (controller) => {
      controller.enqueue(sent.slice())
      controller.close()
    },
  })
  socket._cfSocket = { readable }
  socket._cfReader = readable.getReader()
  const chunks: Array<Buffer> = []
  socket.on("data", (chunk: Buffer) => chunks.push(Buffer.from(chunk)))
  readLarge(socket)
  await (socket as unknown as { _listen: () => Promise<void> })._listen()
  expect(chunks.map(({ length }) => length)).toEqual([...Array(3).fill(32_768), 100_000 - 3 * 32_768])
  expect(Buffer.concat(chunks).equals(Buffer.from(sent))).toBe(true)
})
