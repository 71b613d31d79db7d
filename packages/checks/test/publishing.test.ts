import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { packInto, published, tarballOf } from "../scripts/packages.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "../../..")
/** What is imported of what goes to the registry; the command line is not. */
const names = published.filter((name) => name !== "cli")

let folder: string
let tarballs: ReadonlyMap<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starbase-replication-consumer-"))
  await packInto(folder, names)
  tarballs = new Map(names.map((name) => [name, join(folder, tarballOf(name))]))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(names)("@starbase-replication/%s", (name) => {
  it("passes publint", async () => {
    const manifest = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8"))
    const tarball = await readFile(tarballs.get(name) ?? "")
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([])
  })

  it("gives right types to every ESM resolution", async () => {
    const tarball = await readFile(tarballs.get(name) ?? "")
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)))
    // The packages are ESM alone: what a CommonJS require would meet is not offered.
    const problems =
      analysis.types === false
        ? ["no types"]
        : analysis.problems.filter(
            (problem) => !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind),
          )
    expect(problems).toEqual([])
  })

  it("ships its code, types, source maps and a license note, and nothing of its tests", async () => {
    const { stdout } = await run("tar", ["-tzf", tarballs.get(name) ?? ""])
    const files = stdout.split("\n")
    const doors = name === "core" ? ["source", "sink", "config", "run"] : ["index"]
    const built = doors.flatMap((door) => [".js", ".d.ts", ".js.map"].map((kind) => `dist/${door}${kind}`))
    for (const file of [...built, "LICENSE", "README.md"]) expect(files).toContain(`package/${file}`)
    expect(files.filter((file) => /test|\.tsbuildinfo/.test(file))).toEqual([])
  })
})

describe("the tarballs in an empty project outside the workspace", () => {
  let server: Postgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  it(
    "compile under strict settings, tell of a misspelled config, and replicate a table",
    { timeout: 300_000 },
    async () => {
      const project = join(folder, "project")
      await run("mkdir", [project])
      for (const file of ["consumer.ts", "misspelled.ts"]) {
        await writeFile(join(project, file), await readFile(join(import.meta.dirname, "fixtures", file)))
      }
      await writeFile(
        join(project, "package.json"),
        JSON.stringify({ name: "consumer", type: "module", private: true }),
      )
      const { devDependencies, catalog } = await versions()
      await run(
        "npm",
        [
          "install",
          "--no-audit",
          "--no-fund",
          ...tarballs.values(),
          `effect@${catalog("effect")}`,
          `typescript@${catalog("typescript")}`,
          `@types/node@${catalog("@types/node")}`,
          `@types/pg@${devDependencies["@types/pg"]}`,
        ],
        { cwd: project },
      )
      const flags = ["--strict", "--module", "nodenext", "--target", "es2023", "--noEmit", "--types", "node"]
      const tsc = (file: string) => run(join(project, "node_modules/.bin/tsc"), [...flags, file], { cwd: project })
      await tsc("consumer.ts")
      const told: { readonly stdout: string } = await tsc("misspelled.ts").catch((error: { stdout: string }) => error)
      expect(Array.from(told.stdout.matchAll(/error TS\d+: .*'(\w+)' does not exist/g), ([, name]) => name)).toEqual([
        "cursr",
        "tsl",
      ])
      const { stdout } = await run(process.execPath, ["consumer.ts"], {
        cwd: project,
        env: { PATH: process.env["PATH"], SHOP_URL: server.url },
      })
      expect(JSON.parse(stdout)).toEqual({
        read: 2,
        rows: [
          [1, "one"],
          [2, "two"],
        ],
      })
    },
  )
})

/** The versions that this workspace pins. */
const versions = async () => {
  const workspace = await readFile(join(root, "pnpm-workspace.yaml"), "utf8")
  const { devDependencies } = JSON.parse(await readFile(join(root, "packages/source-postgres/package.json"), "utf8"))
  const catalog = (name: string) => {
    const found = new RegExp(`^  "?${name}"?: (\\S+)$`, "m").exec(workspace)?.[1]
    if (found === undefined) throw new Error(`pnpm-workspace.yaml pins no ${name}`)
    return found
  }
  return { devDependencies, catalog }
}
