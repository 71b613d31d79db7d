import { readFileSync } from "node:fs"
import { join } from "node:path"
import { recipes, recipeUrl } from "@starbase-replication/sql-source"
import { describe, expect, it } from "vitest"

const text = readFileSync(join(import.meta.dirname, "../../../docs/hosts.md"), "utf8")

/** The text of each host's section, by its heading. */
const sectionsIn = (from: string): ReadonlyMap<string, string> => {
  const [, below = ""] = text.split(`\n## ${from}\n`)
  const [own = ""] = below.split("\n## ")
  return new Map(
    own
      .split("\n### ")
      .slice(1)
      .map((part): [string, string] => [part.split("\n")[0] ?? "", part]),
  )
}
const supported = sectionsIn("Recipes")
const others = sectionsIn("Not supported")
const sections = new Map([...supported, ...others])

describe("docs/hosts.md", () => {
  it("has a section for each host that check knows, and for no other", () => {
    expect([...sections.keys()].toSorted()).toEqual(recipes.map(({ name }) => name).toSorted())
    expect([...others.keys()]).toEqual(recipes.filter(({ types }) => types.length === 0).map(({ name }) => name))
  })

  it("has each of them in its table", () => {
    const [, table = ""] = text.split("\n## At a glance\n")
    const names = Array.from(table.split("\n### ")[0]?.matchAll(/^\| (\w[^|]*?) +\|/gm) ?? [], ([, name]) => name)
    expect(names.filter((name) => name !== "host")).toEqual(recipes.map(({ name }) => name))
  })

  it.each(recipes)("names how the servers of $name end, where the link leads", (recipe) => {
    const section = sections.get(recipe.name) ?? ""
    for (const suffix of recipe.suffixes) expect(section).toContain(suffix.slice(1))
    expect(recipeUrl(recipe)).toMatch(/\/docs\/hosts\.md#[a-z-]+$/)
  })
})
