import { afterAll, beforeAll, expect, it } from "vitest"
import { startPostgres } from "../src/Postgres.ts"
import type { Postgres } from "../src/PostgresServer.ts"
import { startSupabaseLite, type SupabaseLite } from "../src/SupabaseLite.ts"

let server: Postgres
let lite: SupabaseLite
beforeAll(async () => {
  server = await startPostgres()
  lite = await startSupabaseLite(server, { schemas: ["public", "shop"], maxRows: 3 })
  await server.query(`
    CREATE TABLE notes (id int PRIMARY KEY, owner text);
    INSERT INTO notes SELECT n, CASE WHEN n = 1 THEN 'all' ELSE 'me' END FROM generate_series(1, 5) n;
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY shared ON notes FOR SELECT TO anon USING (owner = 'all');
    GRANT SELECT ON notes TO anon, service_role;
    CREATE TABLE private (id int PRIMARY KEY);
  `)
  await lite.reload()
})
afterAll(async () => {
  await lite?.stop()
  await server?.stop()
})

interface Answer {
  readonly paths?: object
  readonly definitions?: object
}

const get = async (path: string, key: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${lite.url}/rest/v1/${path}`, { headers: { apikey: key, ...headers } })
  return [response.status, (await response.json()) as Answer] as const
}

it("caps answers, and shows each key what its role may see", async () => {
  expect(await get("notes?select=id&order=id", lite.secretKey)).toEqual([200, [{ id: 1 }, { id: 2 }, { id: 3 }]])
  expect(await get("notes?select=id", lite.publishableKey)).toEqual([200, [{ id: 1 }]])
  expect(await get("private", lite.secretKey)).toMatchObject([403, { code: "42501" }])
  expect(await get("notes", "sb_secret_wrong")).toMatchObject([401, {}])
})

it("describes the tables that the secret key may see, by schema", async () => {
  const [status, { definitions = {}, paths = {} }] = await get("", lite.secretKey)
  expect([status, Object.keys(definitions), Object.keys(paths)]).toEqual([200, ["notes"], ["/", "/notes"]])
  expect(definitions).toMatchObject({
    notes: {
      required: ["id"],
      properties: {
        id: { format: "integer", description: "Note:\nThis is a Primary Key.<pk/>" },
        owner: { format: "text" },
      },
    },
  })
  expect((await get("", lite.secretKey, { "accept-profile": "shop" }))[1]).not.toHaveProperty("definitions")
  expect(await get("", lite.secretKey, { "accept-profile": "none" })).toMatchObject([406, { code: "PGRST106" }])
  expect((await get("", lite.publishableKey))[0]).toBe(403)
})

it("answers with a fault in its place, and tells what it was asked", async () => {
  lite.takeRequests()
  lite.fault = () => Response.json({ busy: true }, { status: 503 })
  expect(await get("notes?limit=1", lite.secretKey)).toEqual([503, { busy: true }])
  lite.fault = undefined
  expect((await get("notes?limit=1", lite.secretKey))[0]).toBe(200)
  expect(lite.takeRequests()).toEqual(["/rest/v1/notes?limit=1", "/rest/v1/notes?limit=1"])
})
