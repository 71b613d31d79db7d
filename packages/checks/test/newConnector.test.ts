import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { newConnector } from "../scripts/newConnector.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "../../..")
const modules = join(import.meta.dirname, "../node_modules")

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starbase-replication-new-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const bin = (name: string) => join(modules, ".bin", name)

const always = ["index", "Connector", "Settings", "Source", "internal/errors", "internal/values"]

describe.each([
  {
    kind: "a source",
    options: {},
    like: "source-starbase",
    own: ["internal/client"],
    next: ["Source.describe in src/Source.ts", "Client.ask in src/internal/client.ts"],
  },
  {
    kind: "a source that speaks SQL",
    options: { sql: true },
    like: "source-postgres",
    own: ["internal/sql", "internal/catalog"],
    next: ["Catalog.describe in src/internal/catalog.ts", "connect in src/internal/client.ts"],
  },
])("$kind", ({ options, like, own, next, kind }) => {
  let made: string
  let files: ReadonlyArray<string>
  beforeAll(async () => {
    made = (await newConnector("elsewhere", { ...options, out: join(folder, kind) })).folder
    files = await readdir(made, { recursive: true })
    await symlink(modules, join(made, "node_modules"))
  })

  it("has the files of one that is there, and no mark of the template", async () => {
    for (const file of [...always, ...own]) {
      expect(files).toContain(`src/${file}.ts`)
      await readFile(join(root, "packages", like, "src", `${file}.ts`))
    }
    for (const file of files.filter((one) => /\.(?:ts|json|md)$/.test(one))) {
      expect(await readFile(join(made, file), "utf8"), file).not.toMatch(/\{\{|"workspace:|"catalog:/)
    }
  })

  it("refuses a name that is none, and a folder that is in use", async () => {
    for (const name of ["", "Upper", "-a", "a--b", "../a", "a b"]) {
      await expect(newConnector(name, { out: join(folder, "none") })).rejects.toThrow("is no name for a connector")
    }
    await expect(newConnector("elsewhere", { out: made })).rejects.toThrow("is not empty")
  })

  it("compiles as it is made", async () => {
    await run(bin("tsc"), ["-p", "tsconfig.json"], { cwd: made })
    await run(bin("tsc"), ["-p", "tsconfig.build.json"], { cwd: made })
    expect(await readdir(join(made, "dist"))).toContain("index.js")
  })

  it.each(["a", "elsewhere", "google-cloud-spanner"])(
    "is as the linter and the formatter want it, when it is called %s",
    async (name) => {
      const { folder: other } = await newConnector(name, { ...options, out: join(folder, `${kind} ${name}`) })
      const own = join(root, "node_modules/.bin")
      await run(join(own, "oxlint"), ["--deny-warnings", "--config", join(root, ".oxlintrc.json"), other])
      await run(join(own, "oxfmt"), ["--check", "--config", join(root, ".oxfmtrc.json"), other])
    },
  )

  it("has a red suite that lists what to write next", async () => {
    const failed = await run(bin("vitest"), ["run"], { cwd: made, env: { ...process.env, NO_COLOR: "1" } }).then(
      () => undefined,
      (error: { readonly code: number; readonly stdout: string }) => error,
    )
    expect(failed?.code).toBe(1)
    const [, list = ""] = /What to write next:\n((?: {2}.*\n)+)/.exec(failed?.stdout ?? "") ?? []
    expect(list.split("\n").map((line) => line.trim().replace(/, for which .*/, ""))).toEqual([
      "startServer in test/support/server.ts; delete this test with it",
      ...next,
      "wrongPassword in test/suite.test.ts",
      "wrongDatabase in test/suite.test.ts",
      "forbid in test/suite.test.ts",
      "slow in test/suite.test.ts",
      "network in test/suite.test.ts",
      "",
    ])
    expect(failed?.stdout).toMatch(/\d checks? pass, [1-9]\d+ fail/)
  })
})
