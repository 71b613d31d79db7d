import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { until } from "./support/until.ts"
import { clientToken, startWorker, type TestWorker } from "./support/worker.ts"

let postgres: Postgres
let worker: TestWorker
beforeAll(async () => {
  postgres = await startPostgres({ settings: { wal_level: "logical", synchronous_commit: "on" } })
  await postgres.query(
    `CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL, note text);
     CREATE TABLE moves (id int PRIMARY KEY, account int NOT NULL, amount bigint NOT NULL, "at" timestamptz DEFAULT now());
     INSERT INTO accounts SELECT n, 0, repeat('x', 2000) FROM generate_series(1, 1000) n;
     CREATE PUBLICATION edge FOR TABLE accounts, moves`,
  )
  worker = await startWorker({
    config: {
      log: "off",
      sources: {
        shop: {
          type: "postgres",
          url: { secret: "SHOP_URL" },
          log: { slot: "edge", publication: "edge", every: "1 second" },
        },
      },
      tables: ["accounts", "moves"].map((table) => ({ source: "shop", table })),
      freshness: { deadline: "5 seconds" },
    },
    variables: { SHOP_URL: postgres.url },
  })
})
afterAll(async () => {
  await worker?.stop()
  await postgres?.stop()
})

const ask = async (sql: string, headers: Record<string, string> = {}) => {
  const response = await worker.request("/query", {
    method: "POST",
    token: clientToken,
    body: JSON.stringify({ sql }),
    headers: { "Content-Type": "application/json", ...headers },
  })
  const body = (await response.json()) as {
    readonly result?: ReadonlyArray<Record<string, unknown>>
    readonly error?: string
  }
  return { status: response.status, ...body, position: response.headers.get("X-Replication-Position") }
}

/** Moves money within one transaction, and gives the position of the log after it. */
let moves = 0
const move = async (account: number, amount: number): Promise<string> => {
  moves += 1
  await postgres.query(
    `BEGIN; UPDATE accounts SET balance = balance + ${amount} WHERE id = ${account};
     INSERT INTO moves VALUES (${moves}, ${account}, ${amount}); COMMIT`,
  )
  const [row] = await postgres.query("SELECT pg_current_wal_insert_lsn()::text")
  return String(row?.[0])
}

const sums =
  "SELECT (SELECT sum(balance) FROM accounts) AS balances, (SELECT coalesce(sum(amount), 0) FROM moves) AS moved"

it("follows the log by the alarm, so that two tables agree whenever they are looked at", async () => {
  await worker.admin.post("/replicate")
  await until(async () => {
    const { result } = await ask("SELECT count(*) AS n FROM accounts")
    return result?.[0]?.["n"] === 1000 ? true : undefined
  })
  for (let at = 1; at <= 30; at++) await move(at, at)
  await until(async () => {
    const { result } = await ask(sums)
    expect(result?.[0]?.["balances"]).toBe(result?.[0]?.["moved"])
    return result?.[0]?.["moved"] === 465 ? true : undefined
  })
})

it("waits with an answer until what the reader has written is in it", async () => {
  for (let at = 1; at <= 5; at++) {
    const after = await move(at, 1000)
    const { result, position, status } = await ask(`SELECT count(*) AS n FROM moves WHERE id = ${moves}`, {
      "X-Replication-After": after,
    })
    expect({ status, result }).toEqual({ status: 200, result: [{ n: 1 }] })
    expect(position).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/)
  }
  expect(await ask(sums, { "X-Replication-After": "yesterday" })).toMatchObject({
    status: 400,
    error: expect.stringContaining("0/16B3748"),
  })
})

it("takes a transaction of a hundred thousand rows", async () => {
  await postgres.query(
    "BEGIN; INSERT INTO moves SELECT n, 1, 1 FROM generate_series(1000001, 1100000) n; UPDATE accounts SET balance = balance + 100000 WHERE id = 1; COMMIT",
  )
  await until(async () => {
    const { result } = await ask(sums)
    return Number(result?.[0]?.["moved"]) > 100_000 && result?.[0]?.["balances"] === result?.[0]?.["moved"]
      ? true
      : undefined
  })
  const { result } = await worker.admin.get<{ readonly sources: ReadonlyArray<unknown> }>("/replicate/status")
  expect(result?.sources).toMatchObject([{ log: { torn: false, level: "ok" } }])
})
