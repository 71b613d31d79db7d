import { ConnectorError } from "@starbase-replication/core/source"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { type Connection, makeSession, type Refused, type ServerAddress, type Tls } from "../src/index.ts"

const address: ServerAddress = {
  host: "db.example",
  port: 1,
  user: "u",
  database: "d",
  password: Redacted.make("p"),
  tls: "require",
  statementTimeout: 40,
  connectTimeout: 40,
  ignored: [],
}

interface Answer {
  readonly text: string
  readonly reusable: boolean
}

/** A driver that writes down what is done with it. Questions say what becomes of them. */
const makeDriver = () => {
  const log: Array<string> = []
  const refused: Array<Refused> = []
  let count = 0
  const connect = (tls: Tls): Effect.Effect<Connection<string, Answer>, Refused> =>
    // It takes its time, in which another question could come.
    Effect.flatMap(Effect.sleep("1 millis"), () => {
      const id = ++count
      log.push(`${id} connects ${JSON.stringify(tls)}`)
      const refusal = refused.shift()
      if (refusal !== undefined) return Effect.fail(refusal)
      let dead = false
      return Effect.succeed<Connection<string, Answer>>({
        isDead: () => dead,
        ask: (question, end, fail) => {
          log.push(`${id} ${question}`)
          if (question.includes("fails")) fail(question)
          else if (question !== "silence") setImmediate(end, { text: question, reusable: question !== "cut" })
        },
        explain: (error) => ({
          error: new ConnectorError({ code: "unknown", message: String(error) }),
          serves: error !== "fails for good",
        }),
        end: (done) => {
          log.push(`${id} says goodbye`)
          setImmediate(done)
        },
        destroy: () => {
          if (!dead) log.push(`${id} destroyed`)
          dead = true
        },
      })
    })
  return { log, refused, connect }
}

type Driver = ReturnType<typeof makeDriver>
type Options = Partial<Parameters<typeof makeSession<string, Answer>>[0]>

const using = <A, E>(
  { connect }: Driver,
  options: Options,
  use: (ask: (question: string) => Effect.Effect<Answer, ConnectorError>) => Effect.Effect<A, E>,
) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(makeSession({ address, connect, ...options }), ({ ask }) => use(ask))))

describe("the connection", () => {
  it("is made when it is first needed, once, and says goodbye", async () => {
    const driver = makeDriver()
    await using(driver, {}, () => Effect.void)
    expect(driver.log).toEqual([])
    await using(driver, {}, (ask) => Effect.all([ask("a"), ask("b")], { concurrency: 2 }))
    expect(driver.log).toEqual(['1 connects "require"', "1 a", "1 b", "1 says goodbye"])
  })

  it("goes on after an error that it survives, and is made anew after one that it does not", async () => {
    const driver = makeDriver()
    await using(driver, {}, (ask) =>
      Effect.gen(function* () {
        expect(yield* Effect.flip(ask("fails"))).toMatchObject({ message: "fails" })
        yield* Effect.flip(ask("fails for good"))
        yield* ask("a")
      }),
    )
    expect(driver.log).toEqual([
      '1 connects "require"',
      "1 fails",
      "1 fails for good",
      "1 destroyed",
      '2 connects "require"',
      "2 a",
      "2 says goodbye",
    ])
  })

  it("ends with a question that is interrupted or not answered", async () => {
    const driver = makeDriver()
    await using(driver, {}, (ask) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(ask("silence"))
        yield* Effect.promise(() => expect.poll(() => driver.log).toContain("1 silence"))
        yield* Fiber.interrupt(fiber)
        expect(driver.log).toContain("1 destroyed")
        expect(yield* Effect.flip(ask("silence"))).toMatchObject({
          code: "timeout",
          message: "db.example:1 did not answer a statement",
        })
      }),
    )
    expect(driver.log.slice(3)).toEqual(['2 connects "require"', "2 silence", "2 destroyed"])
  })

  it("is waited for where the last one was cut short", async () => {
    const driver = makeDriver()
    const busy = { error: new ConnectorError({ code: "rate-limited", message: "full" }), isTlsRefused: false }
    await using(driver, {}, (ask) =>
      Effect.gen(function* () {
        driver.refused.push(busy)
        expect(yield* Effect.flip(ask("a"))).toMatchObject({ code: "rate-limited" })
        yield* ask("cut")
        driver.refused.push(busy, busy)
        yield* ask("b")
      }),
    )
    expect(driver.log.slice(1)).toEqual([
      '2 connects "require"',
      "2 cut",
      "2 destroyed",
      ...[3, 4, 5].map((id) => `${id} connects "require"`),
      "5 b",
      "5 says goodbye",
    ])
  })

  it("is waited for no longer than a moment, however long each attempt takes", async () => {
    const full = new ConnectorError({ code: "rate-limited", message: "full" })
    const refuse = (after: Duration.Input) =>
      Effect.andThen(Effect.sleep(after), Effect.fail({ error: full, isTlsRefused: false }))
    const waited = async (attempt: ReturnType<typeof refuse>) => {
      const driver = makeDriver()
      const ends: Array<number> = []
      const slow: Options = {
        address: { ...address, connectTimeout: 10_000 },
        connect: (tls) => {
          if (driver.log.length === 0) return driver.connect(tls)
          return Effect.ensuring(
            attempt,
            Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sync(() => ends.push(now))),
          )
        },
      }
      await using(driver, slow, (ask) =>
        Effect.gen(function* () {
          const first = yield* Effect.forkChild(ask("cut"))
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(first)
          const asked = yield* Effect.forkChild(Effect.exit(ask("a")))
          yield* TestClock.adjust("5 minutes")
          expect(yield* Fiber.join(asked)).toMatchObject({ _tag: "Failure" })
        }).pipe(Effect.provide(TestClock.layer())),
      )
      return ends.map((end) => end - 1000)
    }
    const [, ...retries] = await waited(refuse(0))
    expect(retries.length).toBeGreaterThan(10)
    expect(retries.at(-1)).toBeLessThanOrEqual(2100)
    expect(await waited(refuse("1500 millis"))).toEqual([1500, 3100])
    expect(await waited(Effect.never)).toEqual([10_000])
  })

  it("is not encrypted where that is only preferred and the server cannot", async () => {
    const noTls = { error: new ConnectorError({ code: "tls-failed", message: "none" }), isTlsRefused: true }
    for (const [tls, expected] of [
      ["prefer", ['1 connects "prefer"', '2 connects "disable"', "2 a", "2 says goodbye"]],
      ["require", ['1 connects "require"']],
    ] as const) {
      const driver = makeDriver()
      driver.refused.push(noTls)
      await using(driver, { address: { ...address, tls } }, (ask) => Effect.exit(ask("a")))
      expect(driver.log).toEqual(expected)
    }
  })

  it("that is not made in time, is none", async () => {
    const error = await using(makeDriver(), { connect: () => Effect.never }, (ask) => Effect.flip(ask("a")))
    expect(error).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("did not answer in time"),
      hint: expect.stringContaining("connectTimeout"),
    })
  })
})

describe("what is asked beside a question", () => {
  const around = { before: ["begin"], after: ["commit"] }

  it("comes first on each connection, or around each question", async () => {
    const one = makeDriver()
    await using(one, { first: ["pin"] }, (ask) => Effect.all([ask("a"), ask("cut"), ask("b")]))
    expect(one.log.filter((line) => !/connects|destroyed|goodbye/.test(line))).toEqual([
      "1 pin",
      "1 a",
      "1 cut",
      "2 pin",
      "2 b",
    ])
    const other = makeDriver()
    await using(other, { around }, (ask) => Effect.all([ask("a"), ask("cut")]))
    expect(other.log.slice(1)).toEqual(["1 begin", "1 a", "1 commit", "1 begin", "1 cut", "1 destroyed"])
  })

  it("costs the connection where it fails", async () => {
    for (const options of [{ first: ["pin fails"] }, { around: { ...around, before: ["begin fails"] } }, { around }]) {
      const driver = makeDriver()
      await using(driver, options, (ask) => Effect.exit(ask("fails")))
      expect(driver.log.at(-1)).toBe("1 destroyed")
    }
  })
})
