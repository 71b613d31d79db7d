import { walk, describeAll } from "@starbase-replication/connector-testing"
import { Source, type TableSchema } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const hostile = [
  "select",
  `we"ird`,
  "ünïcode \u{1F600}",
  "__proto__",
  "constructor",
  "with space",
  "MiXed",
  "mixed",
  "a.b",
  "%s$1",
  "t",
  "x".repeat(63),
]
const name = (text: string) => `"${text.replaceAll('"', '""')}"`

describe("discovery", () => {
  let server: Postgres
  let database: PostgresDatabase
  let source: ReturnType<typeof byUrl>
  const run = <A, E>(effect: Effect.Effect<A, E, Source>) => Effect.runPromise(withSource(source, effect))
  const discover = (...names: ReadonlyArray<string>) =>
    run(describeAll(names.map((table) => ({ schema: "d", name: table }))))
  const keyOf = async (table: string) => (await discover(table))[0]?.key

  beforeAll(async () => {
    server = await startPostgres()
    database = await server.createDatabase("discovery")
    source = byUrl(database.url, { schema: "d" })
    await database.query("CREATE SCHEMA d")
  })
  afterAll(() => server?.stop())

  it("describes columns in order, without dropped ones, generated ones included", async () => {
    await database.query(`CREATE TABLE d.cols (
        z varchar(20) COLLATE "C" NOT NULL, gone int, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        amount numeric(10,2) DEFAULT 0 NOT NULL, twice numeric GENERATED ALWAYS AS (amount * 2) STORED,
        half numeric GENERATED ALWAYS AS (amount / 2) VIRTUAL, at timestamp(3) with time zone);
      ALTER TABLE d.cols DROP COLUMN gone;
      ALTER TABLE d.cols ADD COLUMN late bit(1)`)
    const [table] = await discover("cols")
    expect(table).toMatchObject({
      name: { schema: "d", name: "cols" },
      kind: "table",
      columns: [
        { name: "z", type: "text", sourceType: "character varying(20)", nullable: false },
        { name: "id", type: "integer", sourceType: "bigint", nullable: false },
        { name: "amount", type: "decimal", sourceType: "numeric(10,2)", nullable: false },
        { name: "twice", type: "decimal", sourceType: "numeric", nullable: true },
        { name: "half", type: "decimal", sourceType: "numeric", nullable: true },
        { name: "at", type: "timestamptz", sourceType: "timestamp(3) with time zone", nullable: true },
        { name: "late", type: "boolean", sourceType: "bit(1)", nullable: true },
      ],
      key: ["id"],
    } satisfies TableSchema)
  })

  it("describes many tables in one query, in the order asked, undefined where there is none", async () => {
    await database.query("CREATE TABLE d.one (id int PRIMARY KEY); CREATE TABLE public.two (id int PRIMARY KEY)")
    const tables = await run(
      describeAll([
        { name: "one" },
        { name: "gone" },
        { schema: "public", name: "two" },
        { name: "one" },
        { schema: "gone", name: "one" },
      ]),
    )
    expect(tables.map((table) => table?.name)).toEqual([
      { schema: "d", name: "one" },
      undefined,
      { schema: "public", name: "two" },
      { schema: "d", name: "one" },
      undefined,
    ])
    expect(await run(describeAll([]))).toEqual([])
  })

  it("describes views, materialized views, partitioned, inherited and foreign tables", async () => {
    await database.query(`
      CREATE TABLE d.base (id int PRIMARY KEY, v text NOT NULL);
      CREATE VIEW d.v AS SELECT id, upper(v) AS v FROM d.base;
      CREATE MATERIALIZED VIEW d.m AS SELECT * FROM d.base;
      CREATE UNIQUE INDEX ON d.m (id);
      CREATE TABLE d.parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE d.parted_1 PARTITION OF d.parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      CREATE TABLE d.parent (id int PRIMARY KEY);
      CREATE TABLE d.child (extra int) INHERITS (d.parent);
      CREATE EXTENSION file_fdw;
      CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
      CREATE FOREIGN TABLE d.foreign (id int NOT NULL, v text) SERVER files OPTIONS (filename '/dev/null');
      CREATE SEQUENCE d.seq;
      CREATE TYPE d.composite AS (id int)`)
    const tables = await discover("v", "m", "parted", "parted_1", "parent", "foreign", "seq", "composite")
    expect(
      tables.map((table) => table && [table.kind, table.columns.map(({ nullable }) => nullable), table.key]),
    ).toEqual([
      ["view", [true, true], []],
      ["view", [true, true], []],
      ["table", [false, false], ["id", "at"]],
      ["table", [false, false], ["id", "at"]],
      ["table", [false], []],
      ["table", [false, true], []],
      undefined,
      undefined,
    ])
  })

  it("reads views and partitioned tables", async () => {
    await database.query(`
      CREATE TABLE d.events (id int, at date, PRIMARY KEY (id, at)) PARTITION BY LIST (at);
      CREATE TABLE d.events_1 PARTITION OF d.events FOR VALUES IN ('2024-01-01');
      CREATE TABLE d.events_2 PARTITION OF d.events FOR VALUES IN ('2024-01-02');
      INSERT INTO d.events VALUES (1, '2024-01-02'), (1, '2024-01-01'), (2, '2024-01-01');
      CREATE VIEW d.latest AS SELECT id, max(at) AS at FROM d.events GROUP BY id`)
    const [events, latest] = await discover("events", "latest")
    if (events === undefined || latest === undefined) throw new Error("not there")
    const read = await run(
      Effect.all([walk({ table: events, limit: 1 }), walk({ table: latest, order: ["id"], limit: 1 })]),
    )
    expect(read.map(({ rows }) => rows)).toEqual([
      [
        ["1", "2024-01-01"],
        ["1", "2024-01-02"],
        ["2", "2024-01-01"],
      ],
      [
        ["1", "2024-01-02"],
        ["2", "2024-01-01"],
      ],
    ])
  })

  describe("key", () => {
    const insensitive = "d.insensitive"
    beforeAll(() =>
      database.query(
        `CREATE COLLATION ${insensitive} (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
      ),
    )
    it.each([
      [
        "the primary key, in its own order",
        "(b int, a text, c int NOT NULL UNIQUE, PRIMARY KEY (a, b))",
        "",
        ["a", "b"],
      ],
      ["the primary key without what it only includes", "(a int, b int, PRIMARY KEY (a) INCLUDE (b))", "", ["a"]],
      ["a primary key that is checked late", "(a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)", "", ["a"]],
      [
        "the unique index with the fewest columns",
        "(a int NOT NULL, b int NOT NULL, c int NOT NULL, UNIQUE (a, b), UNIQUE (c))",
        "",
        ["c"],
      ],
      [
        "the first by name among equals",
        "(a int NOT NULL, b int NOT NULL)",
        "CREATE UNIQUE INDEX z_i ON %t (a); CREATE UNIQUE INDEX b_i ON %t (b)",
        ["b"],
      ],
      ["no index over a column that may be NULL", "(a int NOT NULL, b int, UNIQUE (a, b))", "", []],
      ["no partial index", "(a int NOT NULL)", "CREATE UNIQUE INDEX ON %t (a) WHERE a > 0", []],
      ["no index over an expression", "(a int NOT NULL)", "CREATE UNIQUE INDEX ON %t (abs(a))", []],
      ["no index that is checked late", "(a int NOT NULL UNIQUE DEFERRABLE)", "", []],
      ["no ordinary index", "(a int NOT NULL)", "CREATE INDEX ON %t (a)", []],
      [
        "no NOT NULL that was not validated",
        "(a int UNIQUE)",
        "ALTER TABLE %t ADD CONSTRAINT n NOT NULL a NOT VALID",
        [],
      ],
      ["an index in descending order", "(a int NOT NULL)", "CREATE UNIQUE INDEX ON %t (a DESC)", ["a"]],
      [
        "an index of another notion of equal",
        "(a text NOT NULL)",
        "CREATE UNIQUE INDEX ON %t (a text_pattern_ops)",
        [],
      ],
      [
        "an index with the operators of varchar",
        "(a varchar NOT NULL)",
        "CREATE UNIQUE INDEX ON %t (a varchar_ops)",
        ["a"],
      ],
      [
        "a coarser index over an exact column",
        "(a text NOT NULL)",
        `CREATE UNIQUE INDEX ON %t (a COLLATE ${insensitive})`,
        ["a"],
      ],
      [
        "no finer index over a coarse column",
        `(a text COLLATE ${insensitive} NOT NULL)`,
        `CREATE UNIQUE INDEX ON %t (a COLLATE "C")`,
        [],
      ],
      ["an index of the same coarse collation", `(a text COLLATE ${insensitive} NOT NULL UNIQUE)`, "", ["a"]],
    ])("is %s", async (_, columns, more, key) => {
      await database.query("DROP TABLE IF EXISTS d.keyed")
      await database.query(`CREATE TABLE d.keyed ${columns}`)
      if (more !== "") await database.query(more.replaceAll("%t", "d.keyed"))
      expect(await keyOf("keyed")).toEqual(key)
    })

    it("is not an index that is not valid", async () => {
      await database.query("CREATE TABLE d.doubled (a int NOT NULL); INSERT INTO d.doubled VALUES (1), (1)")
      await expect(database.query("CREATE UNIQUE INDEX CONCURRENTLY ON d.doubled (a)")).rejects.toMatchObject({
        code: "23505",
      })
      expect(await keyOf("doubled")).toEqual([])
    })
  })

  it("finds and reads names of every kind", async () => {
    await database.query(hostile.map((one) => `CREATE SCHEMA ${name(`s ${one}`.slice(0, 63))}`).join(";"))
    for (const one of hostile) {
      const schema = `s ${one}`.slice(0, 63)
      const key = one === "__proto__" ? [one] : [one, "__proto__"]
      const columns = hostile.map((column, index) => `${name(column)} int DEFAULT ${index}`)
      await database.query(
        `CREATE TABLE ${name(schema)}.${name(one)} (${columns.join(", ")}, PRIMARY KEY (${key.map(name).join(", ")}));
         INSERT INTO ${name(schema)}.${name(one)} DEFAULT VALUES`,
      )
      const names = [{ schema, name: one }]
      await run(
        Effect.gen(function* () {
          const { list } = yield* Source
          expect(yield* list(schema)).toEqual(names)
          const [table] = yield* describeAll(names)
          if (table === undefined) return expect.unreachable()
          expect(table.name).toEqual(names[0])
          expect(table.columns.map((column) => column.name)).toEqual(hostile)
          expect(table.key).toEqual(key)
          const { rows } = yield* walk({ table, limit: 1, where: [{ column: one, op: "gte", value: "-1" }] })
          expect(rows).toEqual([hostile.map((_, index) => String(index))])
        }),
      )
    }
  })

  describe("privileges", () => {
    let limited: ReturnType<typeof byUrl>
    beforeAll(async () => {
      await database.query(`
        CREATE SCHEMA p; CREATE SCHEMA hidden;
        CREATE ROLE limited LOGIN PASSWORD 'limited secret';
        GRANT USAGE ON SCHEMA p TO limited;
        CREATE TABLE p.all (id int PRIMARY KEY, v text); GRANT SELECT ON p.all TO limited;
        CREATE TABLE p.some (id int PRIMARY KEY, v text); GRANT SELECT (id) ON p.some TO limited;
        CREATE TABLE p.none (id int PRIMARY KEY);
        CREATE TABLE hidden.t (id int PRIMARY KEY); GRANT SELECT ON hidden.t TO limited;
        CREATE VIEW p.view AS SELECT id FROM p.none; GRANT SELECT ON p.view TO limited;
        CREATE TABLE p.parted (id int PRIMARY KEY) PARTITION BY HASH (id); GRANT SELECT ON p.parted TO limited;
        CREATE TABLE p.part PARTITION OF p.parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
        GRANT SELECT ON p.part TO limited;
        CREATE EXTENSION pg_stat_statements SCHEMA p; GRANT SELECT ON p.pg_stat_statements TO limited`)
      const url = new URL(database.url)
      url.username = "limited"
      url.password = "limited secret"
      limited = byUrl(url.href)
    })
    const asLimited = <A, E>(effect: Effect.Effect<A, E, Source>) => Effect.runPromise(withSource(limited, effect))

    it("lists what the user may read, without partitions, extensions and the system", async () => {
      const listed = await asLimited(
        Effect.flatMap(Source, ({ list }) =>
          Effect.all(["p", "hidden", "gone", "pg_catalog", "information_schema"].map(list)),
        ),
      )
      expect(listed).toEqual([
        ["all", "parted", "some", "view"].map((table) => ({ schema: "p", name: table })),
        [],
        [],
        [],
        [],
      ])
    })

    it("lists the default schema", async () => {
      const both = await run(Effect.flatMap(Source, ({ list }) => Effect.all([list(undefined), list("d")])))
      expect(both[0]).toEqual(both[1])
      expect(both[0]).toContainEqual({ schema: "d", name: "one" })
    })

    it.each([
      ["p", "none"],
      ["p", "some"],
      ["hidden", "t"],
    ])("describes %s.%s, and is forbidden to read it", async (schema, table) => {
      const error = await asLimited(
        Effect.gen(function* () {
          const [found] = yield* describeAll([{ schema, name: table }])
          if (found === undefined) return expect.unreachable()
          return yield* failureOf(walk({ table: found }))
        }),
      )
      expect(error).toMatchObject({ code: "forbidden", table: `${schema}.${table}`, isRetryable: false })
    })

    it("reads the columns that are granted, and views over what is not", async () => {
      await database.query("INSERT INTO p.some VALUES (1, 'x'); INSERT INTO p.none VALUES (2)")
      const rows = await asLimited(
        Effect.gen(function* () {
          const [some, view] = yield* describeAll([
            { schema: "p", name: "some" },
            { schema: "p", name: "view" },
          ])
          if (some === undefined || view === undefined) return expect.unreachable()
          return yield* Effect.all([
            walk({ table: some, columns: some.columns.slice(0, 1) }),
            walk({ table: view, order: ["id"] }),
          ])
        }),
      )
      expect(rows.map((one) => one.rows)).toEqual([[["1"]], [["2"]]])
    })
  })
})
