import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cli } from "./support/cli.ts"
import { type Instance, startInstance, tokens } from "./support/instance.ts"
import { withFolder } from "./support/folder.ts"

const hostile = "a\u202eb\u001b[2J日本"

let shop: Instance
beforeAll(async () => {
  shop = await startInstance(
    `CREATE TABLE orders (id int PRIMARY KEY, note text);
     INSERT INTO orders SELECT n, 'note ' || n FROM generate_series(1, 3000) n;
     CREATE TABLE "${hostile}" (id int PRIMARY KEY); INSERT INTO "${hostile}" VALUES (1);
     CREATE TABLE ui (id int PRIMARY KEY); INSERT INTO ui VALUES (1);
     CREATE TABLE wrong (id int PRIMARY KEY); INSERT INTO wrong VALUES (1)`,
    (source) => ({
      tables: [
        ...["orders", `"${hostile}"`, "ui"].map((name) => ({ source, table: `public.${name}` })),
        { source, table: "public.wrong", cursor: "nope" },
      ],
    }),
  )
}, 120_000)
afterAll(() => shop?.stop())

describe("tables are pulled and shown", () => {
  it("as not yet run", async () => {
    const { status, stderr, stdout } = await shop.run(["status"])
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(/^TABLE +STATE +ROWS +LAG +NEXT +NOTES\n/)
    expect(stdout).toMatch(/^orders +not yet run +0 +- +now$/m)
    expect(stdout).toContain("4 tables: 4 not yet run.")
  })

  it("with what a check finds, which fails where a table would", async () => {
    const { status, stdout } = await shop.run(["check", "--ddl"])
    expect(status).toBe(2)
    expect(stdout).toContain("orders: 2 columns; key id; changes by snapshot")
    expect(stdout).toContain("CREATE TABLE")
    expect(stdout).toContain("wrong: invalid-config:")
    expect(stdout).toContain("4 tables, of which 1 would fail.")
  })

  it("by a run of all, which ends with 2 because one fails, and of some", async () => {
    const all = await shop.run(["run"])
    expect(all.status).toBe(2)
    expect(all.stdout).toMatch(/^orders: 3,000 read, 3,000 written in \d+ ms$/m)
    expect(all.stdout).toContain("    Mend the paths named in the message.")
    const some = await shop.run(["run", "ui", hostile, "--complete"])
    expect(some).toMatchObject({ status: 0, stderr: "" })
    expect(some.stdout).toMatch(/^ui: 0 read.*\na⟨202E⟩b⟨001B⟩\[2J日本: 0 read/)
  })

  it("the worst first, with what to do, and with 2 only where that is asked for", async () => {
    const { status, stdout } = await shop.run(["status"])
    expect(status).toBe(0)
    const [, first = ""] = stdout.split("\n")
    expect(first).toMatch(/^wrong +waits for you +0 +- +- +invalid-config for /)
    expect(stdout).toContain("4 tables: 1 waits for you, 3 fresh.")
    expect(stdout).toContain("    Mend the paths named in the message.")
    expect((await shop.run(["status", "--check"])).status).toBe(2)
    expect((await shop.run(["status", "orders", "--check"])).status).toBe(0)
  })

  it("without a character that would change the terminal", async () => {
    for (const command of ["status", "history", "config", "metrics", "check"]) {
      for (const args of [[command], ...(command === "metrics" ? [] : [[command, "--json"]])]) {
        const { stdout } = await shop.run(args)
        expect(stdout.length).toBeGreaterThan(10)
        expect(
          ["\u202e", "\u001b"].filter((one) => stdout.includes(one)),
          args.join(" "),
        ).toEqual([])
      }
    }
  })

  it("as the instance's own answer with --json", async () => {
    const { stdout } = await shop.run(["status", "--json"])
    expect(stdout.trimEnd()).not.toContain("\n")
    const printed = JSON.parse(stdout)
    const { result } = await shop.admin.get<{ tables: ReadonlyArray<object>; sources: unknown }>("/replicate/status")
    expect(printed.sources).toEqual(result?.sources)
    expect(Object.keys(printed.tables[0])).toEqual(Object.keys(result?.tables[0] ?? {}))
    expect(printed.tables.map(({ table }: { readonly table: string }) => table)).toContain(hostile)
  })
})

describe("an operator", () => {
  it("pauses, resumes, refreshes; also a table that is called like the page", async () => {
    expect(await shop.run(["pause", "orders", "ui"])).toEqual({
      status: 0,
      stdout: "orders: paused\nui: paused\n",
      stderr: "",
    })
    expect((await shop.run(["status", "--only", "paused"])).stdout).toMatch(/^orders +paused.*\nui +paused/m)
    expect((await shop.run(["resume", "orders", "ui", "--json"])).stdout).toBe(
      '[{"resumed":"orders"},{"resumed":"ui"}]\n',
    )
    expect((await shop.run(["refresh", "ui"])).stdout).toMatch(/^ui: 1 read, 1 written/)
    expect((await shop.run(["history", "-n", "50"])).stdout).toMatch(/ orders +pause, by an operator$/m)
  })

  it("sees which keys differ, and mends them", async () => {
    await shop.admin.post("/query", { sql: "UPDATE orders SET note = 'x' WHERE id IN (7, 8)" })
    const { status, stdout } = await shop.run(["diff", "orders"])
    expect(status).toBe(2)
    expect(stdout).toBe("orders: 3,000 rows compared, 2 differ\n  ~ 7  other values\n  ~ 8  other values\n")
    const mended = await shop.run(["verify", "orders", "--repair"])
    expect(mended).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/2 differed and were mended, none differs any more/),
    })
    expect(await shop.run(["diff", "orders"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/none differs/),
    })
  })

  it("is told how many rows the guard has stopped, and allows it", async () => {
    await shop.postgres.query("DELETE FROM orders WHERE id > 500")
    await shop.run(["refresh", "orders"])
    const shown = await shop.run(["status", "orders"])
    expect(shown.stdout).toContain("Try: starbase-replication confirm orders")
    expect(shown.stdout).not.toContain("POST /replicate")
    const asked = await shop.run(["confirm", "orders"])
    expect(asked).toMatchObject({ status: 64, stdout: "" })
    expect((await shop.run(["confirm", "orders", "--yes"])).stdout).toContain("deletions allowed")
    expect((await shop.run(["run", "orders", "--complete"])).status).toBe(0)
    expect((await shop.run(["confirm", "orders", "--yes"])).status).toBe(1)
  })

  it("resets only what is meant", async () => {
    expect(await shop.run(["reset", "ui"])).toEqual({
      status: 64,
      stdout: "",
      stderr: "Error: reset has to ask, and nobody is there.\nAdd --yes.\n",
    })
    expect((await shop.run(["reset", "ui", "--yes"])).stdout).toBe("ui: reset\n")
  })
})

describe("a query", () => {
  it("prints rows, takes parameters, and reads with the client's token", async () => {
    const args = ["query", "SELECT id, note, NULL AS n, ? AS p FROM orders WHERE id < ? ORDER BY id", "--param", "x"]
    const { stderr, stdout } = await shop.run([...args, "--param", "3"], { env: { REPLICATION_TOKEN: tokens.client } })
    expect(stdout).toBe("id  note       n  p\n 1  note 1  NULL  x\n 2  note 2  NULL  x\n")
    expect(stderr).toBe("2 rows\n")
  })

  it("comes from stdin, and its answer as JSON", async () => {
    const { stdout } = await shop.run(["query", "-", "--json"], { input: "SELECT 1 AS one" })
    expect(stdout).toBe('[{"one":1}]\n')
  })

  it("tells how old its rows may be, and is refused to change anything with the client's token", async () => {
    expect((await shop.run(["query", "SELEC"])).status).toBe(1)
    const env = { REPLICATION_TOKEN: tokens.client }
    const refused = await shop.run(["query", "DELETE FROM orders"], { env })
    expect(refused.status).toBe(3)
    expect(refused.stderr).not.toContain("token was refused")
  })
})

describe("it ends with", () => {
  it.each([
    [["bogus"], 1, /Unknown subcommand "bogus"/],
    [["status", "--bogus"], 1, /Unrecognized flag: --bogus.*\nTry: starbase-replication status --help\n$/],
    [["pause"], 1, /table/],
    [["status", "nowhere"], 1, /Nothing is known of a table nowhere/],
    [["run", "nowhere"], 1, /nowhere/],
    [["pause", "nowhere"], 1, /nowhere/],
    [["run", "orders", "--due"], 1, /--due/],
    [["status", "--url", "ftp://x"], 1, /no address/],
    [["status", "--url", "https://user:secret@x.example"], 1, /^((?!secret).)*$/s],
    [["status", "--token-file", "/nowhere"], 1, /cannot be read/],
  ])("%j: %i, and says why on stderr alone", async (args, status, words) => {
    const ended = await shop.run(args)
    expect(ended).toMatchObject({ status, stdout: "" })
    expect(ended.stderr).toMatch(words)
  })

  it("3 where the token is refused: a wrong one, the client's, and says so", async () => {
    for (const token of ["wrong", tokens.client]) {
      const ended = await shop.run(["status"], { env: { REPLICATION_TOKEN: token } })
      expect(ended).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/token/) })
    }
  })

  it("4 where nobody answers, or somebody else", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, "close")
    const gone = await shop.run(["status", "--url", `http://127.0.0.1:${port}`])
    expect(gone).toMatchObject({ status: 4, stdout: "", stderr: expect.stringMatching(/ECONNREFUSED/) })
    const other = await shop.run(["status", "--url", new URL("elsewhere/", shop.served.url).href])
    expect(other.status).not.toBe(0)
  })

  it("64 without a token and a terminal", async () => {
    const ended = await cli(["status"], { env: { REPLICATION_URL: shop.served.url.href } })
    expect(ended).toMatchObject({ status: 64, stdout: "", stderr: expect.stringMatching(/REPLICATION_TOKEN/) })
  })

  it("1 without an instance", async () => {
    expect(await cli(["status"])).toMatchObject({ status: 1, stderr: expect.stringMatching(/REPLICATION_URL/) })
  })
})

describe("the token", () => {
  it("comes from a file or from stdin, and is no argument", async () => {
    await withFolder(async (folder) => {
      await writeFile(`${folder}/token`, `${tokens.admin}\n`)
      const env = { REPLICATION_URL: shop.served.url.href }
      expect((await cli(["status", "--token-file", `${folder}/token`], { env })).status).toBe(0)
      expect((await cli(["status", "--token-stdin"], { env, input: `${tokens.admin}\n` })).status).toBe(0)
      expect((await cli(["status", "--token", tokens.admin], { env })).stderr).toContain("Unrecognized flag: --token")
    })
  })
})

it("watches without a terminal by a line for each change, until all is fresh", async () => {
  await shop.run(["reset", "wrong", "--yes"])
  await shop.postgres.query("ALTER TABLE wrong ADD nope int NOT NULL DEFAULT 1")
  const watching = shop.begin(["watch", "--until-fresh", "--interval", "0.2"])
  await expect.poll(watching.stdout).toMatch(/wrong: not yet run \(0 rows\)/)
  await shop.run(["run"])
  const { status, stdout } = await watching.ended
  expect(status).toBe(0)
  expect(stdout).toMatch(/^\S+Z wrong: (?:not yet run|first load) -> fresh \(1 row\)$/m)
  expect(stdout).not.toContain("\u001b")
  const lines = stdout.trimEnd().split("\n")
  expect(lines.length).toBeLessThan(12)
})

it.each(["bash", "zsh", "fish", "powershell"])("prints completions for %s", async (shell) => {
  const { status, stdout } = await cli(["--completions", shell])
  expect(status).toBe(0)
  for (const word of ["status", "verify", "token-file"]) expect(stdout).toContain(word)
})

it("has help for each command within 100 columns, without colours in a pipe", async () => {
  const { stdout } = await cli(["--help"])
  const names = Array.from(stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm), ([, name = ""]) => name)
  expect(names).toEqual(expect.arrayContaining(["init", "start", "status", "watch", "diff", "query"]))
  for (const name of names) {
    const help = await cli([name, "--help"])
    expect(help).toMatchObject({ status: 0, stderr: "" })
    expect(help.stdout).not.toContain("\u001b")
    const long = help.stdout.split("\n").filter((line) => line.length > 110 && !/^ {2}[A-Z]/.test(line))
    expect(long, name).toEqual([])
  }
})
