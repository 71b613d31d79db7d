import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { parseArgs } from "node:util"

const root = join(import.meta.dirname, "../../..")
const usage = `release [--dry-run]

Sets the next version by the changesets, tests what would be published, commits and tags it, and publishes every package
with its provenance. With --dry-run nothing is changed, committed or sent.`

const { values } = parseArgs({ options: { "dry-run": { type: "boolean" }, help: { type: "boolean" } } })

const env = {
  ...process.env,
  // Says in which build of which commit a package was made; npm attests it where the build can prove that, as on GitHub.
  NPM_CONFIG_PROVENANCE: String(process.env["GITHUB_ACTIONS"] === "true"),
}

/** Runs a step, and ends with its status where it fails. */
const step = (what: string, command: string, ...args: ReadonlyArray<string>): void => {
  console.log(`\n== ${what}`)
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env })
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
  if (!isDry) {
    step("The next version", "pnpm", "exec", "changeset", "version")
    step("Files that hold it", "node", "packages/checks/scripts/write-version.ts")
    step("The lock file", "pnpm", "install", "--lockfile-only")
  }
  step("Everything built", "pnpm", "build")
  const tests = ["publishing", "installing", "layers", "schema", "version"].map((name) => `test/${name}.test.ts`)
  step(
    "What is published, and each line that installs it",
    "pnpm",
    "--filter",
    "@starbase-replication/checks",
    "test",
    ...tests,
  )
  if (isDry)
    step("What would be sent", "pnpm", "publish", "--recursive", "--dry-run", "--no-git-checks", "--access", "public")
  else {
    step("A commit", "git", "commit", "--all", "--message", "The next release")
    step("Published", "pnpm", "exec", "changeset", "publish")
    console.log("\nPush the commit and its tags: git push --follow-tags")
  }
}
