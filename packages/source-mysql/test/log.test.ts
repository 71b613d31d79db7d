import { walk } from "@starbase-replication/connector-testing"
import { type LogMessage, type LogRow, Source } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { here, readAll, withLog } from "./support/log.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

let server: Mariadb
let database: MariadbDatabase
let isMariadb = true
beforeAll(async () => {
  server = await startMariadb({ binlog: true })
  database = await server.createDatabase("log_test")
  isMariadb = String((await server.query("SELECT VERSION()"))[0]?.[0]).includes("MariaDB")
})
afterAll(() => server?.stop())

const kindsOf = (messages: ReadonlyArray<LogMessage>) => messages.map(({ kind }) => kind)
const rowsOf = (messages: ReadonlyArray<LogMessage>): ReadonlyArray<LogRow | undefined> =>
  messages.flatMap((message) => (message.kind === "change" ? [message.now] : []))

/** What the log tells of a table that is made and written by these statements, beside what a scan gives. */
const compare = async (table: string, columns: string, sql: string) => {
  await database.query(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${columns})`)
  const from = await here(database.url)
  await database.query(sql)
  const { messages, tables, standing } = await readAll(database.url, [table], { from })
  const [one] = tables
  if (one === undefined) throw new Error("the table is not there")
  const { rows } = await Effect.runPromise(withSource(byUrl(database.url), walk({ table: one.table, order: ["id"] })))
  return { messages, rows, logged: [...standing.tables.values()][0] }
}

describe("what is told", () => {
  it("tells columns that are generated or invisible", async () => {
    const { messages, rows } = await compare(
      "derived",
      "id int PRIMARY KEY, a int AS (id * 2) VIRTUAL, b varchar(9) AS (CONCAT('n', id)) STORED, c int INVISIBLE DEFAULT 5",
      "INSERT INTO derived (id) VALUES (1), (2); UPDATE derived SET id = 3 WHERE id = 2",
    )
    expect(kindsOf(messages)).not.toContain("untold")
    expect(rowsOf(messages)).toEqual([rows[0], ["2", "4", "n2", "5"], rows[1]])
  })

  it("tells the order of transactions, where each begins and ends, and what was skipped of one", async () => {
    const sql =
      "INSERT INTO steps VALUES (1, 1), (2, 2); BEGIN; UPDATE steps SET v = 3; DELETE FROM steps WHERE id = 1; COMMIT"
    const { messages } = await compare("steps", "id int PRIMARY KEY, v int", sql)
    expect(kindsOf(messages)).toEqual([
      "begin",
      "change",
      "change",
      "commit",
      "begin",
      "change",
      "change",
      "change",
      "commit",
    ])
    const [begin, , second, commit] = messages
    if (begin?.kind !== "begin" || second?.kind !== "change" || commit?.kind !== "commit") throw new Error("not told")
    const places = messages.slice(4, 8).map((message) => ("place" in message ? message.place : 0))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    const [later] = messages.slice(4)
    if (later?.kind !== "begin") throw new Error("not told")
    const skip = { at: later.at, places: Number(places[2]) }
    const rest = await readAll(database.url, ["steps"], { from: commit.end, skip })
    expect(rest.messages).toEqual([later, ...messages.slice(7)])
    expect(rest.read).toMatchObject({ isWhole: true, isAll: true })
    const other = await readAll(database.url, ["steps"], { from: commit.end, skip: { at: "another", places: 99 } })
    expect(other.messages).toEqual(messages.slice(4))
  })

  it("finds where it goes on by the place in a file, by the id where another server has something else there", async () => {
    const { messages } = await compare(
      "places",
      "id int PRIMARY KEY",
      "INSERT INTO places VALUES (1); INSERT INTO places VALUES (2)",
    )
    const ends = messages.flatMap((message) => (message.kind === "commit" ? [message.end] : []))
    expect(ends[0]).toMatch(/ binlog\.\d+:\d+@\w+$/)
    const [gtid = "", place = ""] = ends[0]?.split(" ") ?? []
    const wrong = [
      gtid,
      `${gtid} ${place.replace(/:\d+@/, ":4@")}`,
      `${gtid} ${place.replace(/:\d+@/, ":77@")}`,
      `${gtid} nofile.000001:4@${place.split("@")[1]}`,
    ]
    for (const from of [ends[0] ?? "", ...wrong]) {
      expect(rowsOf((await readAll(database.url, ["places"], { from })).messages), from).toEqual([["2"]])
    }
  })

  it("is lost where the server has not got what comes next, or is set back", async () => {
    const { messages } = await compare("lost", "id int PRIMARY KEY", "INSERT INTO lost VALUES (1)")
    const end = messages.flatMap((message) => (message.kind === "commit" ? [message.end] : []))[0] ?? ""
    const later = end.replace(isMariadb ? /-(\d+) / : /-(\d+) /, "-999999 ")
    await withLog(database.url, (log) => Effect.sync(() => expect(log.isPast(end, later)).toBe(false)))
    await database.query("FLUSH BINARY LOGS; INSERT INTO lost VALUES (2)")
    const files = await database.query("SHOW BINARY LOGS")
    const left = async () => {
      await database.query(`PURGE BINARY LOGS TO '${String(files.at(-1)?.[0])}'`)
      return (await database.query("SHOW BINARY LOGS")).length
    }
    await expect.poll(left, { timeout: 30_000 }).toBe(1)
    const begin = isMariadb ? end.replace(/-(\d+) .*$/, "-1") : end.replace(/:\S+ .*$/, ":1")
    expect((await readAll(database.url, ["lost"], { from: begin })).read).toBe("lost")
    await database.query("INSERT INTO lost VALUES (3)")
    expect((await readAll(database.url, ["lost"], { from: await here(database.url) })).read).toMatchObject({
      isAll: true,
    })
  })

  it("waits a moment for the second step of a transaction that was prepared", async () => {
    await database.query("CREATE TABLE steps2 (id int PRIMARY KEY, v int); INSERT INTO steps2 VALUES (1, 1)")
    const from = await here(database.url)
    const other = (sql: string) => server.query(`USE log_test; ${sql}`)
    const prepare = (name: string, v: number) =>
      other(`XA START '${name}'; UPDATE steps2 SET v = ${v}; XA END '${name}'; XA PREPARE '${name}'`)
    await prepare("soon", 2)
    const reading = readAll(database.url, ["steps2"], { from })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await other("XA COMMIT 'soon'")
    const { messages, read } = await reading
    expect(messages).toMatchObject([{ kind: "begin" }, { kind: "change", now: ["1", "2"] }, { kind: "commit" }])
    if (read === "lost") throw new Error("It is not lost")
    await prepare("late", 3)
    const early = await readAll(database.url, ["steps2"], { from: read.until })
    expect(early.messages).toEqual([])
    if (early.read === "lost") throw new Error("It is not lost")
    await other("XA COMMIT 'late'")
    const late = await readAll(database.url, ["steps2"], { from: early.read.until })
    expect(kindsOf(late.messages)).toEqual(["begin", "untold", "commit"])
  })

  it("goes on in each of MariaDB's domains where it was", async () => {
    if (!isMariadb) return
    await database.query("CREATE TABLE domains (id int PRIMARY KEY)")
    const first = await here(database.url)
    await database.query(
      "SET gtid_domain_id = 5; INSERT INTO domains VALUES (1); SET gtid_domain_id = 0; INSERT INTO domains VALUES (2); SET gtid_domain_id = 5; INSERT INTO domains VALUES (3); SET gtid_domain_id = 0; INSERT INTO domains VALUES (4)",
    )
    const all = await readAll(database.url, ["domains"], { from: first })
    expect(rowsOf(all.messages)).toEqual([["1"], ["2"], ["3"], ["4"]])
    const ends = all.messages.flatMap((message) => (message.kind === "commit" ? [message.end] : []))
    for (const [nth, end] of ends.entries()) {
      const left = [["1"], ["2"], ["3"], ["4"]].slice(nth + 1)
      for (const from of [end, end.replace(/ .*$/, "")]) {
        expect(rowsOf((await readAll(database.url, ["domains"], { from })).messages), from).toEqual(left)
      }
    }
  })

  it("says which tables became what nobody knows", async () => {
    await database.query("CREATE TABLE one (id int PRIMARY KEY, v int); CREATE TABLE two (id int PRIMARY KEY, v int)")
    const told = async (sql: string) => {
      const from = await here(database.url)
      await database.query(sql)
      const { messages } = await readAll(database.url, ["one", "two"], { from })
      return messages.flatMap((message) => (message.kind === "untold" ? [message.tables] : []))
    }
    expect(
      await told(
        "SET SESSION binlog_row_image = 'MINIMAL'; INSERT INTO one (id) VALUES (7); SET SESSION binlog_row_image = 'FULL'",
      ),
    ).toEqual([[0]])
    expect(
      await told("SET SESSION binlog_format = 'STATEMENT'; UPDATE two SET v = 1; SET SESSION binlog_format = 'ROW'"),
    ).toEqual([[0, 1]])
    expect(await told("ALTER TABLE two ADD COLUMN w int")).toEqual([[1]])
    expect(
      await told("BEGIN; INSERT INTO two (id, v) VALUES (50, 1); ROLLBACK; INSERT INTO one VALUES (50, 1)"),
    ).toEqual([])
    if (!isMariadb) {
      const packed = ["binlog_transaction_compression = 1", "binlog_transaction_compression = 0"] as const
      expect(await told(`SET SESSION ${packed[0]}; INSERT INTO one VALUES (51, 1); SET SESSION ${packed[1]}`)).toEqual([
        [0, 1],
      ])
    }
    expect(await told("RENAME TABLE one TO three, two TO one, three TO two")).toEqual([[0, 1]])
    expect(
      await told("CREATE DATABASE log_other; CREATE TABLE log_other.one (id int PRIMARY KEY); DROP DATABASE log_other"),
    ).toEqual([])
    expect(await told("TRUNCATE two")).toEqual([])
  })
})

it("does not read rows by what a table has become since", async () => {
  await database.query("CREATE TABLE past (id int PRIMARY KEY, a int, b varchar(9))")
  const told = async (sql: string) => {
    const from = await here(database.url)
    await database.query(sql)
    return kindsOf((await readAll(database.url, ["past"], { from })).messages).filter(
      (kind) => kind === "change" || kind === "untold",
    )
  }
  const quietly = (sql: string) => `SET sql_log_bin = 0; ${sql}; SET sql_log_bin = 1`
  const insert = (id: number) => `INSERT INTO past (id) VALUES (${id})`
  expect(await told(insert(1))).toEqual(["change"])
  expect(await told(`${insert(2)}; ${quietly("ALTER TABLE past ADD COLUMN c int")}`)).toEqual(["untold"])
  expect(await told(`${insert(3)}; ${quietly("ALTER TABLE past MODIFY a bigint")}`)).toEqual(["untold"])
  expect(await told(`${insert(4)}; ${quietly("ALTER TABLE past MODIFY b decimal(9,2)")}`)).toEqual(["untold"])
})

it("tells of a table that is another one by now, though the log told nothing, before all else", async () => {
  await database.query(
    "CREATE TABLE turned (id int PRIMARY KEY, a int, b int); CREATE TABLE steady (id int PRIMARY KEY)",
  )
  const names = ["turned", "steady"].map((name) => ({ name }))
  const messages = await withLog(
    database.url,
    Effect.fnUntraced(function* (log) {
      const { describe } = yield* Source
      const { tables } = yield* describe(names)
      yield* log.standing(names)
      const from = yield* log.keep
      const change =
        "INSERT INTO turned VALUES (1, 2, 3); INSERT INTO steady VALUES (1); SET sql_log_bin = 0; ALTER TABLE turned MODIFY b int AFTER id; SET sql_log_bin = 1"
      yield* Effect.promise(() => database.query(change))
      const { end } = yield* log.standing(names)
      const told: Array<LogMessage> = []
      const asked = tables.flatMap((table) =>
        table === undefined ? [] : [{ table, columns: table.columns, key: table.key }],
      )
      yield* log.read({ from, end, skip: undefined, tables: asked }, (some) =>
        Effect.sync(() => told.push(...some) > 0),
      )
      return told
    }),
  )
  expect(messages[0]).toMatchObject({ kind: "untold", tables: [0] })
  expect(messages.flatMap((message) => (message.kind === "change" ? [message.table] : []))).toEqual([1])
})

it("reads the log over TLS", async () => {
  const other = await startMariadb({ binlog: true, tls: true })
  const { url, query } = await other.createDatabase("log_tls")
  const more = { tls: { ca: other.ca ?? "" } }
  await query("CREATE TABLE t (id int PRIMARY KEY)")
  const from = await here(url, more)
  await query("INSERT INTO t VALUES (1)")
  expect(rowsOf((await readAll(url, ["t"], { from, ...more })).messages)).toEqual([["1"]])
  await other.stop()
})

describe("what is odd", () => {
  const oddly = async (columns: string, after = "", values = "(id, v) VALUES (1, 'a'), (2, 'b')") => {
    const found = await compare(
      "odd",
      columns,
      `${after} INSERT INTO odd ${values}; UPDATE odd SET id = 3 WHERE id = 2`,
    )
    return { ...found, isExact: !kindsOf(found.messages).includes("untold") }
  }

  it("serves a table whose hidden columns it has too, or says why not", async () => {
    const hash = await oddly("id int PRIMARY KEY, v varchar(200), UNIQUE (v)")
    expect(hash).toMatchObject({ isExact: true, logged: { unlike: [] } })
    if (isMariadb) {
      const long = await oddly("id int PRIMARY KEY, v text, UNIQUE (v)")
      expect(long.isExact || long.logged?.why !== undefined).toBe(true)
      expect((await oddly("id int PRIMARY KEY, v text) WITH SYSTEM VERSIONING; SELECT (1")).logged?.why).toContain(
        "versions",
      )
      const packed = await oddly("id int PRIMARY KEY, v varchar(200) COMPRESSED")
      expect(packed).toMatchObject({ logged: { unlike: ["v"] } })
    } else {
      const index = await oddly("id int PRIMARY KEY, v varchar(20), KEY ((UPPER(v)))")
      expect(index.isExact || index.logged?.why !== undefined).toBe(true)
    }
  })

  it("reads what MariaDB has compressed", async () => {
    if (!isMariadb) return
    await server.query("SET GLOBAL log_bin_compress = 1, GLOBAL log_bin_compress_min_len = 10")
    const { messages, rows } = await compare(
      "packed",
      "id int PRIMARY KEY, v text",
      "INSERT INTO packed VALUES (1, REPEAT('x', 5000)), (2, REPEAT('y', 5000)); UPDATE packed SET v = REPEAT('z', 3000) WHERE id = 2; DELETE FROM packed WHERE id = 1",
    )
    await server.query("SET GLOBAL log_bin_compress = 0")
    expect(kindsOf(messages)).not.toContain("untold")
    expect(
      rowsOf(messages)
        .filter((row) => row !== undefined)
        .slice(-1),
    ).toEqual(rows)
  })

  it("knows texts of two bytes as the server prints them, whatever they hold", async () => {
    const { messages, rows, isExact } = await oddly(
      "id int PRIMARY KEY, v varchar(20) CHARACTER SET ucs2",
      "",
      "VALUES (1, _ucs2 x'00410042'), (2, _ucs2 x'FFFD')",
    )
    expect(isExact).toBe(true)
    expect(rowsOf(messages).slice(0, 1)).toEqual(rows.slice(0, 1))
  })

  it("ends where the log ends, also where a definition was the last thing", async () => {
    await database.query("CREATE TABLE IF NOT EXISTS idle (id int PRIMARY KEY)")
    await withLog(database.url, (log) =>
      Effect.gen(function* () {
        const { end } = yield* log.standing([])
        const kept = yield* log.keep
        expect(log.isPast(kept, end)).toBe(true)
        expect(log.isPast(yield* log.now, end)).toBe(true)
      }),
    )
    await database.query("FLUSH BINARY LOGS")
    await withLog(database.url, (log) =>
      Effect.gen(function* () {
        const { end } = yield* log.standing([])
        expect(log.isPast(yield* log.keep, end)).toBe(true)
      }),
    )
  })
})

describe("what keeps it from being read", () => {
  it("names the databases that are not in the log, where the user may see that", async () => {
    const other = await startMariadb({ binlog: true, settings: { "binlog-do-db": "some" } })
    const { url, query } = await other.createDatabase("filtered")
    expect(await failure(url)).toMatchObject({
      code: "log-unusable",
      message: expect.stringContaining("binlog_do_db is some"),
    })
    await query(
      "CREATE USER reader@'%' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO reader@'%'; GRANT SELECT ON filtered.* TO reader@'%'",
    )
    await withLog(url.replace(/\/\/.*@/, "//reader:secret@"), (log) => log.standing([]))
    await other.stop()
  })

  const failure = (url: string) =>
    Effect.runPromise(
      failureOf(
        withSource(
          byUrl(url, { log: {} }),
          Effect.flatMap(Source, ({ log }) => log?.standing([]) ?? Effect.die("no log")),
        ),
      ),
    )
  const set = async (name: string, value: string, hint: RegExp) => {
    const [before] = await server.query(`SELECT @@GLOBAL.${name}`)
    await server.query(`SET GLOBAL ${name} = ${value}`)
    const error = await failure(database.url)
    const old = String(before?.[0])
    await server.query(`SET GLOBAL ${name} = ${/^\d+$/.test(old) ? old : `'${old}'`}`)
    expect(error).toMatchObject({
      code: "log-unusable",
      message: expect.stringContaining(name),
      hint: expect.stringMatching(hint),
    })
  }

  it("names the setting to change", async () => {
    await set("binlog_format", "'MIXED'", /SET (?:GLOBAL|PERSIST) binlog_format = 'ROW'/)
    await set("binlog_row_image", "'MINIMAL'", /SET (?:GLOBAL|PERSIST) binlog_row_image = 'FULL'/)
    if (isMariadb) return
    await set("binlog_row_value_options", "'PARTIAL_JSON'", /SET PERSIST binlog_row_value_options = ''/)
    await set("binlog_transaction_compression", "1", /SET PERSIST binlog_transaction_compression = 'OFF'/)
    await set("gtid_mode", "'ON_PERMISSIVE'", /gtid_mode/)
  })

  it("knows what foreign keys do, also where the user may only read", async () => {
    await database.query(`
      CREATE TABLE parents (id int PRIMARY KEY); CREATE TABLE held (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES parents (id));
      CREATE TABLE deleted (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES parents (id) ON DELETE CASCADE);
      CREATE TABLE updated (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES parents (id) ON DELETE RESTRICT ON UPDATE SET NULL);
      CREATE USER looker@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON log_test.* TO looker@'%'; GRANT REPLICATION SLAVE ON *.* TO looker@'%'`)
    const names = ["parents", "held", "deleted", "updated"].map((name) => ({ name }))
    for (const url of [database.url, database.url.replace(/\/\/.*@/, "//looker:secret@")]) {
      const { tables } = await withLog(url, (log) => log.standing(names))
      const why = (name: string) => tables.get(`log_test.${name}`)?.why
      expect([why("parents"), why("held")]).toEqual([undefined, undefined])
      expect([why("deleted"), why("updated")]).toEqual(Array(2).fill(expect.stringContaining("CASCADE")))
    }
    await database.query("DROP USER looker@'%'; DROP TABLE held, deleted, updated")
  })

  it("names what the user lacks, and reads where a role gives it", async () => {
    await database.query(`
      CREATE USER reader@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON log_test.* TO reader@'%'; CREATE TABLE mine (id int PRIMARY KEY)`)
    const url = database.url.replace(/\/\/.*@/, "//reader:secret@")
    expect(await failure(url)).toMatchObject({
      code: "log-unusable",
      hint: "Run: GRANT REPLICATION SLAVE ON *.* TO 'reader'@'%';",
    })
    await database.query(
      `CREATE ROLE follows; GRANT REPLICATION SLAVE ON *.* TO follows; GRANT follows TO reader@'%'; SET DEFAULT ROLE follows ${isMariadb ? "FOR" : "TO"} reader@'%'`,
    )
    const from = await here(url)
    await database.query("INSERT INTO mine VALUES (5)")
    expect(rowsOf((await readAll(url, ["mine"], { from })).messages)).toEqual([["5"]])
    await database.query("DROP USER reader@'%'; DROP ROLE follows")
  })
})
