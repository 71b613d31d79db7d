import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { pluginFiles, pluginFolder } from "../scripts/starbasedbPlugin.ts"

const run = promisify(execFile)
const modules = join(import.meta.dirname, "../node_modules")

describe("plugins/replication, for StarbaseDB's own tree", () => {
  it.each([...pluginFiles()])(
    "has %s as 'pnpm --filter @starbase-replication/checks run starbasedb-plugin' writes it",
    (name, text) => {
      expect(readFileSync(join(pluginFolder, name), "utf8")).toBe(text)
    },
  )

  it("has nothing else, and what its README promises", () => {
    expect(readdirSync(pluginFolder).toSorted()).toEqual([...pluginFiles().keys()].toSorted())
    const { dependencies, resources } = JSON.parse(readFileSync(join(pluginFolder, "meta.json"), "utf8"))
    expect(Object.keys(resources.tables)).toContain("tmp_replication_tables")
    expect(Object.keys(dependencies.secrets)).toContain("EXTERNAL_DB_PASS")
    expect(Object.keys(dependencies.variables)).toContain("EXTERNAL_DB_HOST")
    const readme = readFileSync(join(pluginFolder, "README.md"), "utf8")
    expect(readme).toMatch(/\| `cursor` \|/)
    expect(readme).not.toContain("{{")
    expect(readme).not.toMatch(/\]\(docs\//)
  })

  describe("in a tree of its own", () => {
    let tree: string
    beforeAll(() => {
      tree = mkdtempSync(join(tmpdir(), "starbase-replication-tree-"))
      cpSync(pluginFolder, join(tree, "plugins/replication"), { recursive: true })
      symlinkSync(modules, join(tree, "node_modules"))
      writeFileSync(join(tree, "package.json"), JSON.stringify({ type: "module" }))
    })
    afterAll(() => rmSync(tree, { recursive: true, force: true }))

    it("compiles, its config's type included", async () => {
      const flags = [
        "--strict",
        "--module",
        "esnext",
        "--moduleResolution",
        "bundler",
        "--target",
        "esnext",
        "--noEmit",
      ]
      const tsc = join(modules, ".bin/tsc")
      await run(tsc, [...flags, "--skipLibCheck", "--types", "node", "plugins/replication/index.ts"], { cwd: tree })
      const wrong =
        "import { ReplicationPlugin } from './plugins/replication'\nnew ReplicationPlugin({ config: { tabels: [] } })\n"
      writeFileSync(join(tree, "wrong.ts"), wrong)
      const told: { readonly stdout: string } = await run(
        tsc,
        [...flags, "--skipLibCheck", "--types", "node", "wrong.ts"],
        {
          cwd: tree,
        },
      ).catch((error: { readonly stdout: string }) => error)
      expect(told.stdout).toContain("'tabels' does not exist")
    })

    it("passes its own test", async () => {
      const { stdout } = await run(join(modules, ".bin/vitest"), ["run", "--root", tree], {
        env: { ...process.env, NO_COLOR: "1" },
      })
      expect(stdout).toMatch(/Tests +4 passed/)
    })
  })
})
