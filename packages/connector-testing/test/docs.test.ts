import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { sinkChecks, sourceChecks } from "../src/index.ts"

const root = join(import.meta.dirname, "../../..")

/** The anchors that a Markdown page's headings have. */
const anchorsOf = (page: string): ReadonlyArray<string> =>
  [...readFileSync(join(root, page), "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  )

it.each([...new Set([...sourceChecks, ...sinkChecks].map(({ doc }) => doc))])("%s is there", (doc) => {
  const [page = "", anchor] = doc.split("#")
  expect(anchorsOf(page)).toContain(anchor)
})
