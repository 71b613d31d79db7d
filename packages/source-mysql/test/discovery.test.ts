import { describeOne, walk, describeAll } from "@starbase-replication/connector-testing"
import { Source, type TableSchema } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

const name = "discovery_test"
const hostile = ["we`ird", "it's", 'dou"ble', "back\\slash", "__proto__", "semi;-- x", "ünï", "*/ x", "select"]
const quoted = (text: string) => `\`${text.replaceAll("`", "``")}\``

describe("discovery", () => {
  let server: Mariadb
  let database: MariadbDatabase
  /** Another server is tested where MYSQL_URL says so; MySQL has no sequences. */
  let isMariadb: boolean
  const run = <A, E>(effect: Effect.Effect<A, E, Source>) =>
    Effect.runPromise(withSource(byUrl(database.url), effect as Effect.Effect<A, never, Source>))
  const find = (table: string) => run(describeOne(name, table))
  const keyOf = async (table: string, columns: string) => {
    await database.query(`CREATE TABLE ${table} (${columns})`)
    return (await find(table)).key
  }

  beforeAll(async () => {
    server = await startMariadb()
    database = await server.createDatabase(name)
    isMariadb = String(await server.query("SELECT VERSION()")).includes("MariaDB")
  })
  afterAll(() => server?.stop())

  it("takes the primary key in its own order", async () => {
    expect(await keyOf("k1", "a int, b int, c int NOT NULL, UNIQUE (c), PRIMARY KEY (b, a)")).toEqual(["b", "a"])
  })

  it("takes the shortest unique index without NULLs else", async () => {
    expect(await keyOf("k2", "a int NOT NULL, b int NOT NULL, UNIQUE x (a, b), UNIQUE y (b)")).toEqual(["b"])
    expect(await keyOf("k3", "a int, b int NOT NULL, UNIQUE (a), UNIQUE (a, b)")).toEqual([])
    expect(await keyOf("k4", "a varchar(20) NOT NULL, UNIQUE (a(3))")).toEqual([])
    expect(await keyOf("k5", "a int NOT NULL, KEY (a)")).toEqual([])
  })

  it("tells JSON from text with another check", async () => {
    await database.query(
      `CREATE TABLE j (id int PRIMARY KEY, a json, b longtext CHECK (CHAR_LENGTH(b) > 1), \`c\`\`d\` json)`,
    )
    const { columns } = await find("j")
    expect(columns.map(({ type }) => type)).toEqual(["integer", "json", "text", "json"])
  })

  it("says what is nullable, what the types are and what is a view", async () => {
    await database.query(`
      CREATE TABLE base (id int unsigned PRIMARY KEY, v varchar(9) CHARACTER SET latin1);
      CREATE VIEW seen AS SELECT id, v FROM base`)
    expect(await find("base")).toMatchObject({
      name: { schema: name, name: "base" },
      kind: "table",
      columns: [
        { name: "id", type: "integer", sourceType: expect.stringMatching(/^int(\(10\))? unsigned$/), nullable: false },
        {
          name: "v",
          type: "text",
          sourceType: "varchar(9) character set latin1 collate latin1_swedish_ci",
          nullable: true,
        },
      ],
      key: ["id"],
    })
    expect(await find("seen")).toMatchObject({ kind: "view", key: [] })
  })

  it("tells a column and a view from others of the same name and type", async () => {
    await database.query(`
      CREATE TABLE shaped (id int PRIMARY KEY, a int, b int, n decimal(10,2), e enum('a', 'b'), c varchar(9) COLLATE utf8mb4_bin,
        g int GENERATED ALWAYS AS (id * 2) STORED);
      CREATE VIEW shaped_view AS SELECT id, a FROM shaped`)
    const shapes = async (table: string) => {
      const { identity, columns } = await find(table)
      return new Map([["", identity], ...columns.map((one) => [one.name, `${one.sourceType} ${one.shape}`] as const)])
    }
    const changed = async (sql: string, table = "shaped") => {
      const before = await shapes(table)
      await database.query(sql)
      const after = await shapes(table)
      return [...before.keys()].filter((key) => before.get(key) !== after.get(key))
    }
    expect(await changed("ANALYZE TABLE shaped")).toEqual([])
    expect(await changed("OPTIMIZE TABLE shaped")).toEqual([])
    expect(await changed("ALTER TABLE shaped ADD INDEX (a), COMMENT 'c'")).toEqual([])
    expect(await changed("ALTER TABLE shaped CHANGE a b int, CHANGE b a int")).toEqual(["a", "b"])
    expect(await changed("ALTER TABLE shaped MODIFY n decimal(10,4)")).toEqual(["n"])
    expect(await changed("ALTER TABLE shaped MODIFY e enum('aa', 'b')")).toEqual(["e"])
    expect(await changed("ALTER TABLE shaped MODIFY c varchar(9) COLLATE utf8mb4_general_ci")).toEqual(["c"])
    expect(await changed("ALTER TABLE shaped MODIFY g int GENERATED ALWAYS AS (id * 3) STORED")).toEqual(["g"])
    const view = "shaped_view"
    expect(await changed("CREATE OR REPLACE VIEW shaped_view AS SELECT id, a FROM shaped", view)).toEqual([])
    expect(await changed("CREATE OR REPLACE VIEW shaped_view AS SELECT id, a + 0 AS a FROM shaped", view)).toContain("")
  })

  it("answers in the order of the names, undefined for what is missing, by exact case", async () => {
    await database.query(`
      CREATE TABLE first (id int PRIMARY KEY); CREATE TABLE First (id2 int PRIMARY KEY)
      ${isMariadb ? "; CREATE SEQUENCE counter" : ""}`)
    const names = [{ name: "First" }, { name: "nothing" }, { name: "first" }, { schema: "nowhere", name: "first" }]
    const found = await run(describeAll([...names, { name: "counter" }]))
    expect(found.map((table) => table?.columns[0]?.name)).toEqual(["id2", undefined, "id", undefined, undefined])
    expect(await run(describeAll([]))).toEqual([])
  })

  it("lists tables and views of a database", async () => {
    const other = await server.createDatabase("discovery_other")
    await other.query("CREATE TABLE one (id int); CREATE VIEW two AS SELECT 1 AS id")
    if (isMariadb) await other.query("CREATE SEQUENCE three")
    const schema = "discovery_other"
    expect(await run(Effect.flatMap(Source, ({ list }) => list(schema)))).toEqual([
      { schema, name: "one" },
      { schema, name: "two" },
    ])
    expect(await run(Effect.flatMap(Source, ({ list }) => list("mysql")))).toEqual([])
    expect(await run(Effect.flatMap(Source, ({ list }) => list("nowhere")))).toEqual([])
  })

  it("reads what has hostile names", async () => {
    const strange = await server.createDatabase("we`ird-db")
    for (const text of hostile) {
      await strange.query(
        `CREATE TABLE ${quoted(text)} (${quoted(text.trim())} varchar(50) PRIMARY KEY, v enum('a''b', 'c,d', 'e\\\\f'))`,
      )
      await strange.query(`INSERT INTO ${quoted(text)} VALUES ('1', 'a''b'), ('2', 'c,d'), ('''; --', 'e\\\\f')`)
    }
    await run(
      Effect.gen(function* () {
        const names = hostile.map((text) => ({ schema: "we`ird-db", name: text }))
        const tables = yield* describeAll(names)
        for (const table of tables as ReadonlyArray<TableSchema>) {
          const { rows } = yield* walk({ table, limit: 1 })
          expect(rows).toEqual([
            ["'; --", "e\\f"],
            ["1", "a'b"],
            ["2", "c,d"],
          ])
          const filtered = yield* walk({ table, where: [{ column: "v", op: "eq", value: "e\\f" }] })
          expect(filtered.rows).toHaveLength(1)
        }
      }),
    )
  })

  it("shows a user what the user may read alone, with its key", async () => {
    await database.query(`
      CREATE TABLE open (id int PRIMARY KEY, j json); CREATE TABLE closed (id int PRIMARY KEY);
      DROP USER IF EXISTS some@'127.0.0.1'; CREATE USER some@'127.0.0.1' IDENTIFIED BY 'some'; GRANT SELECT ON ${name}.open TO some@'127.0.0.1'`)
    const url = new URL(database.url)
    url.username = "some"
    url.password = "some"
    const asked = Effect.flatMap(Source, (source) =>
      Effect.all([source.list(undefined), describeAll([{ name: "open" }, { name: "closed" }])]),
    )
    const [names, [open, closed]] = await Effect.runPromise(withSource(byUrl(url.href), asked))
    expect(names).toEqual([{ schema: name, name: "open" }])
    expect(open?.key).toEqual(["id"])
    expect(open?.columns[1]?.type).toBe("json")
    expect(closed).toBeUndefined()
  })
})
