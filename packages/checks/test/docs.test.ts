import { existsSync, readFileSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { decodeConfig } from "@starbase-replication/core/config"
import { codes, isRetryable, type Code } from "@starbase-replication/core/source"
import { connectors } from "@starbase-replication/worker/src/connectors.ts"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../../..")
const read = (path: string) => readFileSync(join(root, path), "utf8")
const operations = read("docs/operations.md")

/** The rows of the tables in a section, by the code in their first column. */
const rowsOf = (section: string) => {
  const [, text = ""] = operations.split(`\n## ${section}\n`)
  const [own = ""] = text.split("\n## ")
  return new Map(
    own.split("\n").flatMap((line): Array<[string, ReadonlyArray<string>]> => {
      const cells = line.split("|").map((cell) => cell.trim())
      const [, name] = /^`([^`]+)`$/.exec(cells[1] ?? "") ?? []
      return name === undefined ? [] : [[name, cells.slice(2)]]
    }),
  )
}

describe("docs/operations.md", () => {
  it("has every error code, and no other, in its table", () => {
    expect([...rowsOf("Error codes").keys()].toSorted()).toEqual(Object.keys(codes).toSorted())
  })

  it.each(Object.entries(codes))("says of %s whether it is tried again by itself", (code, { scope, leadsTo }) => {
    const [meaning = "", itself = "", advice = ""] = rowsOf("Error codes").get(code) ?? []
    expect(meaning.length).toBeGreaterThan(10)
    expect(advice).not.toBe("")
    expect(itself).toMatch(isRetryable(code as Code) || leadsTo === "probe" ? /^retried/ : /^waits/)
    expect(itself.includes("as a source")).toBe(scope === "source")
  })

  it("has every metric, and no other", () => {
    const made = read("packages/plugin/src/internal/metrics.ts").matchAll(/name: "(starbase_replication_\w+)"/g)
    const names = Array.from(made, ([, name]) => name)
    expect(names.length).toBeGreaterThan(5)
    expect([...rowsOf("Keep an eye on it").keys()].toSorted()).toEqual(names.toSorted())
  })
})

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .trim()
    .replaceAll(/\s/g, "-")

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, "packages"))
    .map((name) => `packages/${name}/README.md`)
    .filter((file) => existsSync(join(root, file))),
]

it.each(pages)("the links within the project of %s lead somewhere", (page) => {
  for (const [, target = ""] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    const [path = "", anchor] = target.split("#")
    const file = path === "" ? page : join(dirname(page), path)
    expect(existsSync(join(root, file)), `${target} in ${page}`).toBe(true)
    if (anchor === undefined) continue
    const anchors = Array.from(read(file).matchAll(/^#+ (.*)$/gm), ([, heading = ""]) => anchorOf(heading))
    expect(anchors, `${target} in ${page}`).toContain(anchor)
  }
})

/** The JSON that a page shows, each with the line at which it begins. */
const shown = pages.flatMap((page) => {
  const text = read(page)
  return Array.from(text.matchAll(/^```json\n([^]*?)^```/gm), ({ index, 1: json = "" }) => ({
    at: `${page}:${text.slice(0, index).split("\n").length}`,
    json: JSON.parse(json) as Readonly<Record<string, unknown>>,
  }))
})

it.each(shown)("what $at shows of a config is taken", async ({ json }) => {
  const connector = connectors.find(({ type }) => type === json["type"])
  if (connector !== undefined) return expect(connector.open(json, "")).toHaveProperty("layer")
  // A page may show an entry of `tables` alone, or leave the sources out.
  const sources = { shop: { type: "postgres", url: { secret: "SHOP_URL" } } }
  const document = { sources, ...("table" in json ? { tables: [json] } : json) }
  await Effect.runPromise(
    decodeConfig(document, { connectors, secrets: () => "a secret that is long enough for masks" }),
  )
})
