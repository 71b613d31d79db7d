import { describeOne, valuesOf, walk } from "@starbase-replication/connector-testing"
import { connector as postgres } from "@starbase-replication/source-postgres"
import type { Row, Source, TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Servers, startServers } from "./support/servers.ts"
import { type Access, withSource } from "./support/source.ts"
import { fill, setup, types } from "./support/types.ts"

/**
 * What the API's description does not tell: the length of the bits in an array, what a domain in one stands for, and, of
 * PostgREST 12.0, a domain over a domain.
 */
const undescribed: ReadonlyArray<readonly [type: string, literals: ReadonlyArray<string>, declared: string]> = [
  ["bit(1)[]", ["{0,1}"], "bit(1)[]"],
  ["kinds.posint[]", ["{1,2}"], "integer[]"],
  ["kinds.posints", ["{1,2}"], "integer[]"],
  ["kinds.ints[]", ['{"{1,2}","{3}"}'], "integer[][]"],
  ["kinds.smallpos", ["8"], "integer"],
]

let servers: Servers

interface Read {
  readonly table: TableSchema
  readonly rows: ReadonlyArray<Row>
}

const readAll = (schema: string, name: string, order?: ReadonlyArray<string>): Effect.Effect<Read, unknown, Source> =>
  Effect.gen(function* () {
    const table = yield* describeOne(schema, name)
    const { rows } = yield* walk({ table, order: order ?? table.key })
    return { table, rows }
  })

/** What the Postgres connector reads of the same table. */
const reference = (schema: string, name: string): Promise<Read> => {
  const opened = postgres.open({ type: "postgres", url: { secret: "URL" } }, "sources.reference")
  if ("problems" in opened) throw new Error(opened.problems.join("\n"))
  const layer = opened.layer(() => Redacted.make(servers.database.url))
  return Effect.runPromise(Effect.provide(readAll(schema, name), layer))
}

/** The values of each column by the name of its type, for a readable difference. */
const byType = (names: ReadonlyArray<string>, { table, rows }: Read) =>
  Object.fromEntries(
    names.map((type, at) => {
      const column = table.columns.find(({ name }) => name === `c${at}`)
      return [type, [column?.type, ...valuesOf(table, rows, `c${at}`)]]
    }),
  )

const readBy = (access: Access, schema: string, name: string, order?: ReadonlyArray<string>) =>
  Effect.runPromise(withSource(access, readAll(schema, name, order)))

beforeAll(async () => {
  servers = await startServers(setup, { schemas: ["public", "kinds"] })
})
afterAll(() => servers?.stop())

describe("the same table through source-postgres and through the API", () => {
  it("has the same type, columns, key and values, whatever the type of a column", async () => {
    await fill(servers, `kinds."all"`, types)
    const names = types.map(([type]) => type)
    const expected = await reference("kinds", "all")
    for (const [, access] of servers.both) {
      const found = await readBy(access, "kinds", "all")
      expect(byType(names, found)).toEqual(byType(names, expected))
      expect(found.rows).toEqual(expected.rows)
      const shape = ({ name, kind, key, columns }: TableSchema) => ({
        name,
        kind,
        key,
        columns: columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
      })
      expect(shape(found.table)).toEqual(shape(expected.table))
    }
  })

  it("has the same values where the settings declare what the API does not describe", async () => {
    await fill(servers, "kinds.undescribed", undescribed)
    const names = undescribed.map(([type]) => type)
    const expected = byType(names, await reference("kinds", "undescribed"))
    const columns = Object.fromEntries(undescribed.map(([, , declared], at) => [`c${at}`, declared]))
    for (const [, { settings, key }] of servers.both) {
      const tables = { "kinds.undescribed": { columns: { id: "int not null", ...columns }, key: ["id"] } }
      const found = await readBy({ settings: { ...settings, tables }, key }, "kinds", "undescribed")
      expect(byType(names, found)).toEqual(expected)
    }
  })

  it("takes a domain over a domain for text where the API tells no more of it", async () => {
    await fill(servers, "kinds.nested", [["kinds.smallpos", ["8"]]])
    for (const [index, [, access]] of servers.both.entries()) {
      const { table, rows } = await readBy(access, "kinds", "nested")
      expect([table.columns[1]?.type, rows[0]?.[1]]).toEqual([["integer", "text"][index], "8"])
    }
  })

  it("has the same rows through a view, and the key that the config must name", async () => {
    await servers.database.query(`
      CREATE TABLE people (b integer, a text, extra text, PRIMARY KEY (a, b));
      INSERT INTO people VALUES (2, 'x', 'one'), (1, 'y', 'two');
      CREATE VIEW joined AS SELECT p.*, g AS n FROM people p, generate_series(1, 2) g;
      CREATE MATERIALIZED VIEW kept AS SELECT * FROM people;
      GRANT SELECT ON people, joined, kept TO service_role;
    `)
    await servers.reload()
    for (const [, access] of servers.both) {
      for (const name of ["joined", "kept"]) {
        const [count] = await servers.database.query(`SELECT count(*)::int FROM ${name}`)
        const found = await readBy(access, "public", name, ["a", "b", ...(name === "joined" ? ["n"] : [])])
        expect(found.table).toMatchObject({ kind: "view", key: [] })
        expect([found.rows.length]).toEqual(count)
      }
      const { table } = await readBy(access, "public", "people")
      expect(table).toMatchObject({ kind: "table", key: ["b", "a"] })
    }
  })
})
