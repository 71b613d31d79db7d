import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { startTcpProxy, type TcpProxy } from "../src/proxy.ts"

describe("startTcpProxy", () => {
  let echo: Server
  let proxy: TcpProxy
  beforeEach(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {})
      socket.pipe(socket)
    }).listen(0, "127.0.0.1")
    await once(echo, "listening")
    proxy = await startTcpProxy({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port })
  })
  afterEach(async () => {
    await proxy.stop()
    echo.close()
  })

  const open = async () => {
    const socket = connect(proxy.port, proxy.host)
    let text = ""
    let error: unknown
    socket.on("data", (chunk) => (text += String(chunk)))
    socket.on("error", (cause) => (error = cause))
    await once(socket, "connect")
    return { socket, text: () => text, error: () => error }
  }
  const closed = (socket: Socket) => vi.waitUntil(() => socket.destroyed, { timeout: 20_000, interval: 5 })

  it("passes everything on and counts", async () => {
    const { socket, text } = await open()
    const sent = "0123456789".repeat(100_000)
    socket.end(sent)
    await once(socket, "close")
    expect(text() === sent).toBe(true)
    await vi.waitUntil(() => proxy.open() === 0, { timeout: 20_000 })
    expect([proxy.accepted(), proxy.received()]).toEqual([1, 1_000_000])
  })

  it("cuts after so many bytes", async () => {
    const { socket, text, error } = await open()
    proxy.cutAfter(7)
    socket.write("0123456789")
    await closed(socket)
    expect(text().length).toBeLessThanOrEqual(7)
    expect(error()).toMatchObject({ code: "ECONNRESET" })
  })

  it("cuts what is open", async () => {
    const { socket } = await open()
    await vi.waitUntil(() => proxy.open() === 1, { timeout: 20_000 })
    proxy.cut()
    await closed(socket)
    expect(proxy.open()).toBe(0)
  })

  it("stalls, and heals", async () => {
    const { socket, text } = await open()
    socket.write("a")
    await vi.waitUntil(() => text() === "a", { timeout: 20_000 })
    proxy.stall()
    socket.write("b")
    await expect(vi.waitUntil(() => text() !== "a", { timeout: 100 })).rejects.toThrow()
    proxy.heal()
    await vi.waitUntil(() => text() === "ab", { timeout: 20_000 })
    socket.destroy()
  })

  it("refuses", async () => {
    proxy.refuse()
    const { socket } = await open().catch(() => ({ socket: undefined }))
    if (socket !== undefined) await closed(socket)
    expect(proxy.accepted()).toBe(0)
  })
})
