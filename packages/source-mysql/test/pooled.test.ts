import { type Mariadb, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, expect, it } from "vitest"
import { open } from "../src/internal/driver/open.ts"
import { plain } from "../src/internal/values.ts"
import { failureOf } from "./support/source.ts"

let server: Mariadb
beforeAll(async () => {
  server = await startMariadb({ settings: { "default-time-zone": "+05:00" } })
})
afterAll(() => server?.stop())

it("pins every transaction behind a pooler, and goes on after a failure", async () => {
  const { host, port, user, password } = server
  const target = {
    host,
    port,
    user,
    database: "mysql",
    password: Redacted.make(password),
    tls: "disable",
    statementTimeout: 5000,
    connectTimeout: 5000,
    ignored: [],
  } as const
  const rows = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const door = yield* open(target, true)
        const ask = (statement: string) => door.ask(statement, { converts: [plain, plain], maxBytes: 1000 })
        const zone = "SELECT @@session.time_zone, @@in_transaction"
        const first = yield* ask(zone)
        // What a pooler does between two transactions.
        yield* ask("SET time_zone = '+09:00'")
        const second = yield* ask(zone)
        expect(yield* failureOf(ask("DELETE FROM help_category"))).toMatchObject({ code: "unsupported" })
        expect(yield* failureOf(ask("SELECT absent FROM user"))).toMatchObject({ code: "column-missing" })
        const third = yield* ask(zone)
        return [first, second, third].map((one) => one.rows)
      }),
    ),
  )
  expect(rows).toEqual(Array.from({ length: 3 }, () => [["+00:00", "1"]]))
})
