import { type Mariadb, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import mysql from "mysql2"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { open } from "../src/internal/driver/open.ts"
import type { RowStep } from "../src/internal/driver/rows.ts"
import { plain } from "../src/internal/values.ts"
import { failureOf } from "./support/source.ts"

/** Passes on what a server sends a few bytes at a time, each time after the last ones were read. */
const trickle = async (to: Mariadb, size: number): Promise<Server> => {
  const relay = createServer({ noDelay: true }, (client) => {
    const upstream = connect(to.port, to.host)
    upstream.setNoDelay(true)
    client.pipe(upstream)
    client.on("error", () => upstream.destroy())
    upstream.on("close", () => client.destroy())
    upstream.on("data", (chunk) => {
      upstream.pause()
      pass(client, chunk, 0, () => upstream.resume())
    })
  })
  const pass = (client: Socket, chunk: Buffer, at: number, done: () => void): void => {
    if (at >= chunk.length) return done()
    client.write(chunk.subarray(at, at + size), () => setImmediate(() => pass(client, chunk, at + size, done)))
  }
  await new Promise<void>((listening) => relay.listen(0, "127.0.0.1", listening))
  return relay
}

describe("what a server sends", () => {
  let server: Mariadb
  let relay: Server | undefined
  beforeAll(async () => {
    server = await startMariadb({ tls: true, settings: { "max-allowed-packet": "64M" } })
  })
  afterAll(() => server?.stop())
  afterEach(async () => {
    await new Promise((closed) => (relay === undefined ? closed(undefined) : relay.close(closed)))
    relay = undefined
  })

  /** Gives the rows of a statement of two columns; from another port than the server's own, without encryption. */
  const pull = (statement: string, port?: number) =>
    Effect.scoped(
      Effect.flatMap(
        open({
          host: server.host,
          port: port ?? server.port,
          user: server.user,
          database: "mysql",
          password: Redacted.make(server.password),
          tls: port === undefined ? "require" : "disable",
          statementTimeout: 30_000,
          connectTimeout: 30_000,
          ignored: [],
        }),
        ({ ask }) => ask(statement, { converts: [plain, plain], maxBytes: 1e9 }),
      ),
    )

  it.each([1, 2, 3, 5, 50])("may come in pieces of %i bytes", async (size) => {
    relay = await trickle(server, size)
    const statement = "SELECT seq, IF(seq % 3 = 0, NULL, REPEAT('é', seq)) FROM seq_1_to_12"
    const { rows } = await Effect.runPromise(pull(statement, (relay.address() as AddressInfo).port))
    expect(rows).toEqual(
      Array.from({ length: 12 }, (_, n) => [String(n + 1), (n + 1) % 3 === 0 ? null : "é".repeat(n + 1)]),
    )
  })

  // A packet has at most 2^24 - 1 bytes, and a row of just so many ends with a packet of none. The first column takes
  // nine, the second one's length four or nine.
  it.each([
    ["less than a packet", [16_777_201]],
    ["just a packet", [16_777_202]],
    ["a packet and some bytes", [16_777_203, 16_777_215]],
    ["a length of eight bytes", [16_777_216]],
    ["two packets", [33_554_412, 33_554_413]],
  ])("may be a row of %s", async (_, lengths) => {
    const sizes = lengths.map((length) => `SELECT ${length} AS n`).join(" UNION ALL ")
    const statement = `SELECT n, REPEAT('a', n) FROM (SELECT 7 AS n UNION ALL ${sizes} UNION ALL SELECT 9) AS sizes`
    const { rows } = await Effect.runPromise(pull(statement))
    expect(rows.map(([, text]) => text?.length)).toEqual([7, ...lengths, 9])
    for (const [length, text] of rows) expect(text === "a".repeat(Number(length))).toBe(true)
  })

  it("fails where mysql2 would read the rows, rather than find none", async () => {
    const { host, port, user, password } = server
    const connection = mysql.createConnection({ host, port, user, password })
    const query = Object.getPrototypeOf(connection.query("SELECT 1")) as RowStep & { fieldsEOF: () => RowStep["row"] }
    connection.end()
    const { row, fieldsEOF } = query
    query.fieldsEOF = () => row
    try {
      const error = await Effect.runPromise(failureOf(pull("SELECT 1, 2")))
      expect(error).toMatchObject({ code: "unknown", message: expect.stringContaining("mysql2") })
    } finally {
      query.fieldsEOF = fieldsEOF
    }
  })
})
