import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"

const root = join(import.meta.dirname, "../../..")
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`),
]

/** What the lines to paste in the docs make in the checkout, or want there. */
const made = pages
  .filter((page) => page.endsWith(".md"))
  .flatMap((page) =>
    Array.from(
      readFileSync(join(root, page), "utf8").matchAll(/start --config (\S+)|--data (\S+?)[\s`]|^cat > (\S+)/gm),
      ([, config, data, file]) => (data === undefined ? (config ?? file ?? "") : join(data, "replica.sqlite")),
    ),
  )

/** What wrangler reads secrets from, beside a config. */
const secrets = [".dev.vars", ".dev.vars.staging", ".env", ".env.local"]

it("finds in the docs what they make", () => {
  expect(made).toEqual(expect.arrayContaining(["replication.json", ".dev.vars"]))
})

it.each([...new Set([...made, "data/replica.sqlite", ...secrets])])("git leaves %s alone", (path) => {
  for (const folder of ["", "apps/worker"]) {
    const asked = spawnSync("git", ["check-ignore", "--no-index", "--quiet", join(folder, path)], { cwd: root })
    expect(asked.status, `${join(folder, path)} is not ignored`).toBe(0)
  }
})
