import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startPostgres } from "../src/Postgres.ts"
import type { Postgres } from "../src/PostgresServer.ts"
import { type Postgrest, startPostgrest } from "../src/Postgrest.ts"

let server: Postgres
let postgrest: Postgrest
beforeAll(async () => {
  server = await startPostgres()
  const database = await server.createDatabase(`odd "name" ü`)
  postgrest = await startPostgrest(database, { schemas: ["public", "shop"], maxRows: 3 })
  await database.query(`
    CREATE TABLE notes (id int PRIMARY KEY, owner text);
    INSERT INTO notes SELECT n, CASE WHEN n = 1 THEN 'all' ELSE 'me' END FROM generate_series(1, 5) n;
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY shared ON notes FOR SELECT TO anon USING (owner = 'all');
    CREATE TABLE private (id int PRIMARY KEY);
    CREATE VIEW settings AS SELECT current_user::text AS role, current_setting('statement_timeout') AS timeout;
    GRANT SELECT ON notes, settings TO anon, service_role;
  `)
  await postgrest.reload()
})
afterAll(async () => {
  await postgrest?.stop()
  await server?.stop()
})

const get = async (path: string, headers: Record<string, string>) => {
  const response = await fetch(`${postgrest.url}/rest/v1/${path}`, { headers })
  return [response.status, (await response.json()) as unknown] as const
}
const who = async (headers: Record<string, string>) => (await get("settings", headers))[1]

describe("startPostgrest", () => {
  it("caps answers, and shows each key what its role may see", async () => {
    const { secretKey, publishableKey } = postgrest
    expect(await get("notes?select=id&order=id", { apikey: secretKey })).toEqual([
      200,
      [{ id: 1 }, { id: 2 }, { id: 3 }],
    ])
    expect(await get("notes?select=id", { apikey: publishableKey })).toEqual([200, [{ id: 1 }]])
    expect(await get("private", { apikey: secretKey })).toMatchObject([403, { code: "42501" }])
    expect(await get("gone", { apikey: secretKey })).toMatchObject([404, { code: "42P01" }])
    const shop = { apikey: secretKey, "accept-profile": "none" }
    expect(await get("notes", shop)).toMatchObject([406, { code: "PGRST106" }])
  })

  it("gives each key its role, and a token of its own the token's", async () => {
    const { secretKey, publishableKey, serviceRoleKey, anonKey } = postgrest
    const service = [{ role: "service_role", timeout: "8s" }]
    const anon = [{ role: "anon", timeout: "3s" }]
    for (const [key, role] of [
      [secretKey, service],
      [serviceRoleKey, service],
      [publishableKey, anon],
      [anonKey, anon],
    ] as const) {
      expect(await who({ apikey: key })).toEqual(role)
      // As supabase-js sends it.
      expect(await who({ apikey: key, authorization: `Bearer ${key}` })).toEqual(role)
    }
    expect(await who({ apikey: publishableKey, authorization: `Bearer ${serviceRoleKey}` })).toEqual(service)
    const forged = `${anonKey.split(".").slice(0, 2).join(".")}.${serviceRoleKey.split(".")[2]}`
    expect(await get("notes", { apikey: anonKey, authorization: `Bearer ${forged}` })).toMatchObject([
      401,
      { code: "PGRST301" },
    ])
  })

  it("lets nobody in without a key that it knows", async () => {
    const { secretKey, serviceRoleKey } = postgrest
    expect(await get("notes", {})).toMatchObject([401, { message: "No API key found in request" }])
    const unknown = [401, { message: "Invalid API key" }]
    expect(await get("notes", { apikey: "sb_secret_wrong" })).toMatchObject(unknown)
    expect(
      await get("notes", { apikey: `${serviceRoleKey}x`, authorization: `Bearer ${serviceRoleKey}` }),
    ).toMatchObject(unknown)
    expect((await fetch(`${postgrest.url}/`, { headers: { apikey: secretKey } })).status).toBe(404)
  })

  it("describes the tables that the secret key may see, and none to the publishable one", async () => {
    const { secretKey, publishableKey } = postgrest
    expect(await get("", { apikey: secretKey })).toMatchObject([
      200,
      { definitions: { notes: { required: ["id"], properties: { id: { format: "integer" } } } } },
    ])
    expect((await get("", { apikey: publishableKey }))[0]).toBe(403)
  })
})
