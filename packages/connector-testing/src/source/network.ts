import { ConnectorError, type MadePage, type Source, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { makeTopic } from "../internal/check.ts"
import { broken, type Finding, same, that } from "../internal/expect.ts"
import { failsWith } from "../internal/failures.ts"
import { columns, made } from "../internal/made.ts"
import { behindProxy } from "../internal/network.ts"
import { startTcpProxy } from "../proxy.ts"
import { range } from "../internal/samples.ts"
import { describe, inRun, Subject } from "../internal/subject.ts"
import { readTogether } from "../internal/together.ts"
import { readPage, requestOf } from "../internal/walk.ts"
import { offered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("errors", docs.errors)

const table = { name: "kit_network", columns: columns({ id: "integer", v: "longText" }), key: ["id"] }
const count = 500
const rows = range(count).map((n) => [String(n), "x".repeat(1000)])

/** The table described, with nothing wrong on the way. */
const described = Effect.andThen(made(table, rows), inRun(describe(table)))

/** A page of the whole table, as whoever resumes after `after` reads it. */
const wholePage = (found: TableSchema, after?: string) =>
  readPage({ table: found, limit: count, ...(after === undefined ? {} : { after: [after] }) })

type Tried = Effect.Effect<MadePage, Finding | ConnectorError, Source>

export const network = [
  check(
    "a server that is not there",
    "A server that cannot be reached, because its name is not known, nothing listens or it closes the door, is unreachable, which may be retried.",
    Effect.gen(function* () {
      const { open, port } = yield* offered((yield* Subject).network)
      const found = yield* described
      const gone = yield* Effect.promise(async () => {
        const listener = await startTcpProxy({ host: "127.0.0.1", port: 1 })
        await listener.stop()
        return { host: listener.host, port: listener.port }
      })
      const read: Tried = wholePage(found)
      yield* failsWith("Where nothing listens", ["unreachable"], inRun(read, open(gone)))
      yield* failsWith("Where the name is not known", ["unreachable"], inRun(read, open({ host: "db.invalid", port })))
      const { proxy, source } = yield* behindProxy
      proxy.refuse()
      yield* failsWith("Where the server closes the door", ["unreachable"], inRun(read, source))
    }),
  ),

  check(
    "a connection that is cut in the middle of a page",
    "A page whose answer is cut, at whatever byte, is unreachable, which may be retried, or it is the whole page; it is never a shorter one. Afterwards another run reads it.",
    Effect.gen(function* () {
      const found = yield* described
      const { proxy, source } = yield* behindProxy
      const whole = yield* inRun(wholePage(found), source)
      const total = proxy.received()
      yield* that(total > whole.rows.length * 1000, "The harness's network does not lead through the proxy.")
      const places = [0, 0.05, 0.3, 0.6, 0.9, 0.99].map((share) => Math.floor(total * share))
      let failures = 0
      for (const bytes of [...places, total - 40, total - 5, total - 1]) {
        proxy.cutAfter(bytes)
        const tried = inRun(wholePage(found), source)
        const result = yield* Effect.result(tried)
        const when = `Cut after ${bytes} of ${total} bytes`
        if (Result.isSuccess(result)) {
          yield* same(result.success.rows.length, whole.rows.length, `${when}, the page has so many rows.`)
        } else {
          failures += 1
          yield* failsWith(when, ["unreachable"], Effect.fail(result.failure))
        }
      }
      yield* that(failures >= places.length - 1, `Only ${failures} of the reads that were cut have failed.`)
      proxy.heal()
      const again = yield* inRun(wholePage(found), source)
      yield* same(again.rows.length, whole.rows.length, "Once the network is well again, a page has so many rows.")
    }),
  ),

  check(
    "a connection that is cut while pages come together",
    "Of pages that are read together, and whose answers are cut at whatever byte, each is whole or none at all, or readMany fails as unreachable. Afterwards another run reads them.",
    Effect.gen(function* () {
      const found = yield* described
      const { proxy, source } = yield* behindProxy
      const requests = range(10).map((n) => requestOf({ table: found, after: [String(n)], limit: 50 }))
      const read = inRun(readTogether(requests), source)
      const whole = yield* read
      const total = proxy.received()
      for (const share of [0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999]) {
        const bytes = Math.floor(total * share)
        proxy.cutAfter(bytes)
        const result = yield* Effect.result(read)
        const when = `Cut after ${bytes} of ${total} bytes`
        if (Result.isSuccess(result)) {
          const expected = result.success.map((page, place) => page && whole[place])
          yield* same(result.success, expected, `${when}, the pages.`)
        } else if (result.failure instanceof ConnectorError) {
          yield* failsWith(when, ["unreachable"], Effect.fail(result.failure))
        } else return yield* Effect.fail(result.failure)
      }
      proxy.heal()
      yield* same(yield* read, whole, "Once the network is well again, the pages.")
    }),
  ),

  check(
    "a connection that is lost between two pages",
    "Between two pages a connection may be lost: the next read connects anew and goes on from its position, or fails as unreachable. It never begins elsewhere.",
    Effect.gen(function* () {
      const found = yield* described
      const { proxy, source } = yield* behindProxy
      const next = Effect.gen(function* () {
        yield* readPage({ table: found, limit: 10 })
        proxy.cut()
        return yield* Effect.result(readPage({ table: found, limit: 10, after: ["9"] }))
      })
      const result = yield* inRun(next, source)
      if (Result.isFailure(result))
        yield* failsWith("The read after the loss", ["unreachable"], Effect.fail(result.failure))
      else yield* same(result.success.rows[0]?.[0], "10", "The first id of the page after the loss.")
    }),
  ),

  check(
    "a server that falls silent",
    "A server that no longer answers is a timeout, or unreachable, in about the time that the settings allow; nothing hangs.",
    Effect.gen(function* () {
      const found = yield* described
      const { proxy, impatient } = yield* behindProxy
      const silent = Effect.gen(function* () {
        yield* readPage({ table: found, limit: 10 })
        proxy.stall()
        return yield* readPage({ table: found, limit: 10, after: ["9"] })
      })
      const codes = ["timeout", "unreachable"] as const
      const fiber = yield* Effect.forkChild(failsWith("A read that is never answered", codes, inRun(silent, impatient)))
      yield* inTime(fiber, "A read that is never answered")
      const login = yield* Effect.forkChild(
        failsWith("A connection that is never answered", codes, inRun(wholePage(found), impatient)),
      )
      yield* inTime(login, "A connection that is never answered")
    }),
  ),
]

const inTime = <A, E>(fiber: Fiber.Fiber<A, E>, what: string) =>
  Effect.andThen(
    Effect.timeoutOrElse(Fiber.join(fiber), {
      duration: "15 seconds",
      orElse: () => broken(`${what}, with a timeout of half a second, took more than 15 seconds.`),
    }),
    Effect.void,
  )
