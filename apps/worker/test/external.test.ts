import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { complaintsIn } from "./support/complaints.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

const config = { tables: [{ source: "external", table: "public.items" }] }

let postgres: Postgres
let worker: TestWorker | undefined
beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query("CREATE TABLE items (id integer PRIMARY KEY, name text)")
  await postgres.query("INSERT INTO items VALUES (1, 'one')")
})
afterEach(() => worker?.stop())
afterAll(() => postgres?.stop())

const settings = () => ({
  EXTERNAL_DB_TYPE: "postgresql",
  EXTERNAL_DB_HOST: postgres.host,
  EXTERNAL_DB_PORT: String(postgres.port),
  EXTERNAL_DB_USER: postgres.user,
  EXTERNAL_DB_PASS: postgres.password,
  EXTERNAL_DB_DATABASE: postgres.database,
  EXTERNAL_DB_DEFAULT_SCHEMA: "public",
})

it.each([
  ["StarbaseDB's settings", settings],
  ["a Hyperdrive binding", () => ({ HYPERDRIVE: { connectionString: postgres.url } })],
])("replicates the instance's own database by %s, in scheduled()", async (_name, variables) => {
  worker = await startWorker({ config, variables: variables() })
  await worker.scheduled()
  expect(complaintsIn(worker.logs)).toEqual([])
  expect(await worker.client.rows("SELECT id, name FROM items")).toEqual([[1, "one"]])
})

it("logs what failed in scheduled(), and shows it in the status", async () => {
  worker = await startWorker({ config, variables: { ...settings(), EXTERNAL_DB_PASS: "wrong" } })
  await worker.scheduled()
  expect(worker.logs.join("\n")).toContain('"code":"unauthorized"')
  const { result } = await worker.admin.get<{ tables: ReadonlyArray<object> }>("/replicate/status")
  expect(result?.tables).toEqual([expect.objectContaining({ table: "items", state: "failing" })])
})
