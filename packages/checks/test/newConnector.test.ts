import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { newConnector } from "../scripts/newConnector.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "../../..")
const modules = join(import.meta.dirname, "../node_modules")

let folder: string
let made: string
let files: ReadonlyArray<string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starbase-replication-new-"))
  made = (await newConnector("elsewhere", join(folder, "made"))).folder
  files = await readdir(made, { recursive: true })
  await symlink(modules, join(made, "node_modules"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const bin = (name: string) => join(modules, ".bin", name)

it("makes the files that source-postgres has, and leaves no mark of the template", async () => {
  for (const file of [
    "index",
    "Connector",
    "Settings",
    "Source",
    "internal/client",
    "internal/errors",
    "internal/values",
  ]) {
    expect(files).toContain(`src/${file}.ts`)
    await readFile(join(root, "packages/source-postgres/src", `${file}.ts`))
  }
  for (const file of files.filter((one) => /\.(?:ts|json|md)$/.test(one))) {
    expect(await readFile(join(made, file), "utf8"), file).not.toMatch(/\{\{|workspace:|catalog:/)
  }
})

it("refuses a name that is none, and a folder that is in use", async () => {
  for (const name of ["", "Upper", "-a", "a--b", "../a", "a b"]) {
    await expect(newConnector(name, join(folder, "none"))).rejects.toThrow("is no name for a connector")
  }
  await expect(newConnector("elsewhere", made)).rejects.toThrow("is not empty")
})

it("compiles as it is made", async () => {
  await run(bin("tsc"), ["-p", "tsconfig.json"], { cwd: made })
  await run(bin("tsc"), ["-p", "tsconfig.build.json"], { cwd: made })
  expect(await readdir(join(made, "dist"))).toContain("index.js")
})

it.each(["a", "elsewhere", "google-cloud-spanner"])(
  "is as the linter and the formatter want it, when it is called %s",
  async (name) => {
    const { folder: other } = await newConnector(name, join(folder, `linted-${name}`))
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
    "Source.describe in src/Source.ts",
    "Client.ask in src/internal/client.ts",
    "wrongPassword in test/suite.test.ts",
    "wrongDatabase in test/suite.test.ts",
    "forbid in test/suite.test.ts",
    "slow in test/suite.test.ts",
    "network in test/suite.test.ts",
    "",
  ])
  expect(failed?.stdout).toMatch(/\d checks? pass, [1-9]\d+ fail/)
})
