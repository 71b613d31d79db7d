import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { parseArgs } from "node:util"

const root = join(import.meta.dirname, "../../..")
const usage = `release [--dry-run]

Sets the next version by the changesets, tests what would be published, commits it, publishes every package and tags it.
With --dry-run nothing is changed, committed or sent.`

const { values } = parseArgs({ options: { "dry-run": { type: "boolean" }, help: { type: "boolean" } } })

const toTest = ["--filter", "@starbase-replication/checks", "test"]

/** Provenance says in which build of which commit a package was made, where the build can prove that. */
const provenance = process.env["GITHUB_ACTIONS"] === "true" ? ["--provenance"] : []
const toPublish = ["--recursive", "publish", ...provenance, "--access", "public", "--no-git-checks"]

/** Runs a step, and ends with its status where it fails. */
const step = (what: string, command: string, ...args: ReadonlyArray<string>): void => {
  console.log(`\n== ${what}`)
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

const printed = (command: string, ...args: ReadonlyArray<string>): string =>
  spawnSync(command, args, { cwd: root, encoding: "utf8" }).stdout.trim()

if (values.help) console.log(usage)
else {
  const isDry = values["dry-run"] === true
  if (!isDry && printed("git", "status", "--porcelain") !== "") {
    console.error("There are changes that are not committed.")
    process.exit(1)
  }
  if (!isDry) step("The next version, and the files that hold it", "pnpm", "run", "next-version")
  step("Everything built", "pnpm", "build")
  const tests = ["publishing", "installing", "layers", "schema", "version", "starbasedbPlugin"]
  step(
    "What is published, and each line that installs it",
    "pnpm",
    ...toTest,
    ...tests.map((name) => `test/${name}.test.ts`),
  )
  if (isDry) step("What would be sent", "pnpm", ...toPublish, "--dry-run")
  else {
    step("A commit", "git", "commit", "--all", "--message", "The next release")
    step("Published", "pnpm", ...toPublish)
    step("Tagged", "pnpm", "exec", "changeset", "git-tag")
    console.log("\nPush the commit and its tags: git push --follow-tags")
  }
}
