import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { makeClient } from "@starbase-replication/worker/scripts/lib/client.ts"
import { serve } from "@starbase-replication/worker/scripts/lib/serve.ts"
import { publint } from "publint"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { fromTarballs, packInto, tarballOf } from "../scripts/packages.ts"
import { pages } from "../scripts/version.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "../../..")
const read = (path: string) => readFileSync(join(root, path), "utf8")

let folder: string
let postgres: Postgres
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starbase-replication-installing-"))
  await packInto(folder)
  postgres = await startPostgres()
  await postgres.query(
    "CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders VALUES (1, 'one'), (2, NULL)",
  )
}, 300_000)
afterAll(async () => {
  await postgres?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** An empty package of one's own. */
const makeProject = async (name: string): Promise<string> => {
  const project = join(folder, name)
  await mkdir(project)
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "mine", type: "module", private: true }))
  return project
}

const quiet = ["--no-audit", "--no-fund"]

describe("each line of the docs that installs from the registry", () => {
  const lines = new Map(
    pages.flatMap((page) =>
      Array.from(read(page).matchAll(/npm install ((?:[^\n`|]*)@starbase-replication\/[^\n`|]*)/g), ([, line = ""]) => [
        line.split(" #")[0]?.trim() ?? "",
        page,
      ]),
    ),
  )

  it("is found", () => {
    expect(lines.size).toBeGreaterThan(1)
  })

  it.each([...lines])("works from the packed files: npm install %s (%s)", { timeout: 300_000 }, async (line, _page) => {
    const project = await makeProject(`line-${line.replaceAll(/\W+/g, "-")}`)
    // Scripts of third parties fetch what only start needs.
    await run("npm", ["install", ...quiet, "--ignore-scripts", ...fromTarballs(line, folder)], { cwd: project })
    const names = line.split(/\s+/).filter((word) => word.startsWith("@starbase-replication/"))
    for (const name of names) {
      const manifest = JSON.parse(await readFile(join(project, "node_modules", name, "package.json"), "utf8"))
      if (manifest.bin === undefined) await run(process.execPath, ["-e", `await import("${name}")`], { cwd: project })
      else
        expect((await run("npx", ["starbase-replication", "--version"], { cwd: project })).stdout).toContain(
          manifest.version,
        )
    }
  })
})

describe("the command line's tarball", () => {
  it("passes publint, and ships its bundle, the Worker, the template, and no test", async () => {
    const tarball = await readFile(join(folder, tarballOf("cli")))
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
    expect(messages).toEqual([])
    const { stdout } = await run("tar", ["-tzf", join(folder, tarballOf("cli"))])
    const files = stdout.split("\n")
    for (const file of [
      "LICENSE",
      "README.md",
      "dist/main.mjs",
      "dist/worker/all.js",
      "dist/workerd.sh",
      "dist/template/worker/gitignore",
    ]) {
      expect(files).toContain(`package/${file}`)
    }
    expect(
      files.filter((file) => /test|src\/(?!AlarmDriver)\w+\.tsx?$/.test(file) && !file.includes("template/worker")),
    ).toEqual([])
  })

  it("runs by npx in an empty folder, without the runtime that only start needs", { timeout: 300_000 }, async () => {
    const project = await makeProject("npx")
    await run("npm", ["install", ...quiet, "--omit=optional", join(folder, tarballOf("cli"))], { cwd: project })
    const npx = async (...args: ReadonlyArray<string>) =>
      run("npx", ["starbase-replication", ...args], {
        cwd: project,
        env: { PATH: process.env["PATH"], SHOP_URL: postgres.url },
      })
    expect((await npx("--help")).stdout).toContain("Begin:")
    expect((await npx("init", "--secret", "SHOP_URL", "--yes")).stdout).toContain("wrote")
    const { stderr } = await npx("start", "replication.json").catch((error: { readonly stderr: string }) => error)
    expect(stderr).toContain("without --omit=optional")
    const { size } = await stat(join(folder, tarballOf("cli")))
    expect(size).toBeLessThan(2_000_000)
  })

  it("starts a replica with what npm installs beside it", { timeout: 300_000 }, async () => {
    const project = await makeProject("start")
    await run("npm", ["install", ...quiet, join(folder, tarballOf("cli"))], { cwd: project })
    const config = {
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: [{ source: "shop", table: "public.orders" }],
    }
    await writeFile(join(project, "replication.json"), JSON.stringify(config))
    // A terminal's Ctrl+C goes to all that npx has started; a signal of another process to npx alone.
    const bin = join(project, "node_modules/.bin/starbase-replication")
    const started = execFile(bin, ["start", "replication.json", "--port", "0"], {
      cwd: project,
      env: { PATH: process.env["PATH"], SHOP_URL: postgres.url, ADMIN_AUTHORIZATION_TOKEN: "admin" },
    })
    let output = ""
    for (const stream of [started.stdout, started.stderr]) stream?.on("data", (text: string) => (output += text))
    const ended = new Promise<number | null>((resolve) => started.on("close", resolve))
    await expect.poll(() => output, { timeout: 60_000 }).toMatch(/orders: 2 read, 2 written/)
    const [, url = ""] = /answers at (\S+)/.exec(output) ?? []
    const { stdout } = await run("npx", ["starbase-replication", "query", "SELECT * FROM orders", "--json"], {
      cwd: project,
      env: { PATH: process.env["PATH"], REPLICATION_URL: url, REPLICATION_TOKEN: "admin" },
    })
    expect(JSON.parse(stdout)).toEqual([
      { id: 1, note: "one" },
      { id: 2, note: null },
    ])
    started.kill("SIGTERM")
    expect(await ended).toBe(0)
  })
})

describe("a Worker of one's own, which init --worker writes", () => {
  it("compiles, bundles as a deploy would ship it, and replicates by itself", { timeout: 300_000 }, async () => {
    const project = join(folder, "worker")
    await run(
      process.execPath,
      [join(root, "packages/cli/dist/main.mjs"), "init", project, "--worker", "--secret", "SHOP_URL", "--yes"],
      {
        env: { PATH: process.env["PATH"], SHOP_URL: postgres.url },
      },
    )
    const line = "@starbase-replication/plugin @starbase-replication/source-postgres @starbase-replication/source-hub"
    await run("npm", ["install", ...quiet, ...fromTarballs(line, folder)], { cwd: project })
    await run("npm", ["run", "check"], { cwd: project, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } })
    const served = await serve({
      bundle: join(project, "dist/index.js"),
      adminToken: "admin",
      clientToken: "client",
      variables: { SHOP_URL: postgres.url },
    })
    try {
      const admin = makeClient(served.url, "admin")
      await served.scheduled()
      await expect.poll(() => admin.rows("SELECT id FROM orders ORDER BY id").catch(() => [])).toEqual([[1], [2]])
    } finally {
      await served.stop()
    }
  })

  it("is configured as apps/worker is, but for the config itself", () => {
    const parse = (path: string) =>
      JSON.parse(
        read(path)
          .replaceAll(/^\s*\/\/.*$/gm, "")
          .replaceAll(/,(?=\s*[}\]])/g, ""),
      )
    const { main: _main, name: _name, vars, ...ours } = parse("packages/cli/template/worker/wrangler.jsonc")
    const { main: _entry, name: _own, vars: theirVars, ...theirs } = parse("apps/worker/wrangler.jsonc")
    expect(ours).toEqual(theirs)
    const { REPLICATION_CONFIG: _config, ...rest } = theirVars
    expect(vars).toEqual(rest)
  })
})
