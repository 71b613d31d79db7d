import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../../..")
const read = (path: string) => readFileSync(join(root, path), "utf8")
const workflows = readdirSync(join(root, ".github/workflows")).map((name) => `.github/workflows/${name}`)

/** The commands of the first block of shell in README, without what is said of them. */
const readmeCommands = (/^```sh\n([^]*?)^```/m.exec(read("README.md"))?.[1] ?? "")
  .split("\n")
  .map((line) => line.replace(/#.*/, "").trim())
  .filter((line) => line !== "")

/** The jobs of a workflow by name, each as its text. */
const jobsIn = (workflow: string): ReadonlyMap<string, string> => {
  const [, jobs = ""] = workflow.split(/^jobs:\n/m)
  return new Map(
    jobs.split(/^ {2}(?=\w+:$)/m).flatMap((job): Array<[string, string]> => {
      const name = /^(\w+):/.exec(job)?.[1]
      return name === undefined ? [] : [[name, job]]
    }),
  )
}

describe(".github", () => {
  it("runs the two commands of README on Linux and macOS, as the script for other machines does", () => {
    expect(readmeCommands.map((line) => line.split(" ").at(-1))).toEqual(["demo", "test"])
    const jobs = jobsIn(read(".github/workflows/ci.yml"))
    expect([...jobs.keys()]).toEqual(["linux", "macos"])
    for (const job of [...jobs.values(), read(".ci/run")]) {
      const commands = Array.from(job.matchAll(/^(?:.*run: )?(npx .*pnpm@.*)$/gm), ([, command = ""]) => command)
      expect(commands.toSorted()).toEqual(readmeCommands)
    }
  })

  it.each(workflows)("pins each action of %s to a commit, and says of which release", (workflow) => {
    const uses = Array.from(read(workflow).matchAll(/uses: (.*)$/gm), ([, used = ""]) => used)
    expect(uses.length).toBeGreaterThan(0)
    for (const used of uses) expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it.each(workflows)("has one pnpm in %s, which is the repository's, and no secret", (workflow) => {
    const { packageManager }: { packageManager: string } = JSON.parse(read("package.json"))
    const named = Array.from(read(workflow).matchAll(/pnpm@[\d.]+/g), ([name]) => name)
    expect([...new Set(named)]).toEqual([packageManager])
    expect(read(workflow)).not.toContain("secrets.")
    expect(read(workflow)).toMatch(/^permissions:\n {2}contents: read$/m)
  })

  it("publishes with provenance, by the right to ask for an identity alone", () => {
    const publish = jobsIn(read(".github/workflows/release.yml")).get("publish") ?? ""
    expect(publish).toMatch(/publish .*--provenance/)
    expect(publish).toContain("id-token: write")
  })

  it("asks for check's answer with secrets masked", () => {
    const form = read(".github/ISSUE_TEMPLATE/wrong.yml")
    expect(form).toMatch(/id: check\n[^]*?secrets masked[^]*?required: true/)
    expect(form).toContain("/replicate/check")
  })
})
