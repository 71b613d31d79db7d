import { ConnectorError, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeTopic } from "../internal/check.ts"
import { broken, eventually, same } from "../internal/expect.ts"
import { columns, made, notOffered } from "../internal/made.ts"
import { behindProxy } from "../internal/network.ts"
import type { TcpProxy } from "../proxy.ts"
import { range } from "../internal/samples.ts"
import { describe, inRun, type Subject } from "../internal/subject.ts"
import { readPage, walk } from "../internal/walk.ts"
import type { SourceLayer } from "../SourceHarness.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("resources", docs.resources)

const table = { name: "kit_resources", columns: columns({ id: "integer", v: "text" }), key: ["id"] }
const rows = range(50).map((n) => [String(n), `row ${n}`])

/** The source behind a proxy, where a run has a connection of its own. */
const ownConnection = Effect.gen(function* () {
  const behind = yield* behindProxy
  return behind.connections === "own" ? behind : yield* notOffered("connections are shared by several runs")
})

const reads = Effect.flatMap(describe(table), (found) => walk({ table: found, limit: 10 }))

export const resources = [
  check(
    "the connection",
    "A run connects when the source is first used, keeps to one connection, and closes it when it ends, after success, after a failure and after a defect.",
    Effect.gen(function* () {
      yield* made(table, rows)
      const { proxy, source } = yield* ownConnection
      const closed = (after: string) =>
        eventually(
          () => proxy.open() === 0,
          () => `${after}, ${proxy.open()} connections are open`,
        )
      yield* inRun(Effect.asVoid(Source), source)
      yield* same(proxy.accepted(), 0, "How many connections a run opens that asks for nothing.")
      yield* inRun(Effect.andThen(reads, reads), source)
      yield* same(proxy.accepted(), 1, "How many connections a run opens that reads several pages.")
      yield* closed("After a run")
      const failure = new ConnectorError({ code: "unknown", message: "made by the kit" })
      yield* Effect.exit(inRun(Effect.andThen(reads, Effect.fail(failure)), source))
      yield* closed("After a run that failed")
      yield* Effect.exit(inRun(Effect.andThen(reads, Effect.die("made by the kit")), source))
      yield* closed("After a run that died")
    }),
  ),

  check(
    "interruption",
    "A run can be interrupted at any time, also while it connects and in the middle of a read that is not answered: it ends at once, and its connection is closed.",
    Effect.gen(function* () {
      yield* made(table, rows)
      const found = yield* inRun(describe(table))
      const { proxy, source } = yield* behindProxy
      const page = readPage({ table: found })
      const stall = Effect.sync(proxy.stall)
      yield* interruptedOnceAsked(proxy, source, (note) => Effect.all([page, stall, note, page]))
      yield* interruptedOnceAsked(proxy, source, (note) => Effect.all([note, page]))
      yield* eventually(
        () => proxy.open() === 0,
        () => `After an interruption, ${proxy.open()} connections are open`,
      )
    }),
  ),
]

/** Starts a run, and interrupts it once it has asked for more than when it took note. */
const interruptedOnceAsked = <E>(
  proxy: TcpProxy,
  source: SourceLayer,
  run: (note: Effect.Effect<void>) => Effect.Effect<unknown, E, Source>,
) =>
  Effect.gen(function* () {
    const traffic = () => proxy.sent() + proxy.accepted()
    let noted = Number.POSITIVE_INFINITY
    const note = Effect.sync(() => {
      noted = traffic()
    })
    const fiber = yield* Effect.forkChild(inRun(run(note), source))
    yield* eventually(
      () => traffic() > noted,
      () => "Nothing was asked",
    )
    yield* Effect.timeoutOrElse(Fiber.interrupt(fiber), {
      duration: "10 seconds",
      orElse: () => broken("An interrupted run has not ended after 10 seconds."),
    })
  })
