import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server } from "node:net"
import { fileURLToPath } from "node:url"
import {
  type Postgres,
  startPostgres,
  startWorkerdProcess,
  type WorkerdProcess,
} from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeItems } from "../support/parts.ts"

let server: Postgres
let doorway: Server
let worker: WorkerdProcess
beforeAll(async () => {
  server = await startPostgres()
  doorway = createServer((socket) => {
    const inner = connect({ host: server.host, port: server.port })
    socket.pipe(inner).pipe(socket)
    socket.on("error", () => inner.destroy())
    inner.on("error", () => socket.destroy())
  })
  doorway.listen(0, "::1")
  await once(doorway, "listening")
  const url = server.url.replace(/@[^/]+/, `@[::1]:${(doorway.address() as AddressInfo).port}`)
  worker = await startWorkerdProcess(fileURLToPath(new URL("../../fixtures/worker.capnp", import.meta.url)), {
    SHOP_URL: url,
    REPLICATION_CONFIG: JSON.stringify({
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: [{ source: "shop", table: "items" }],
    }),
  })
})
afterAll(async () => {
  await worker?.stop()
  doorway?.close()
  await server?.stop()
})

it("a Worker reaches a source by its IPv6 address", async () => {
  await makeItems(server, "items", 3)
  const response = await fetch(`http://127.0.0.1:${worker.port()}/replicate`, {
    method: "POST",
    headers: { authorization: "Bearer admin" },
  })
  expect(await response.json()).toMatchObject({ result: { tables: [{ table: "items", read: 3 }] } })
})
