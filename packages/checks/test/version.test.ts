import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { published } from "../scripts/packages.ts"
import { filesWithVersion, version } from "../scripts/version.ts"

const root = join(import.meta.dirname, "../../..")
const read = (path: string) => readFileSync(join(root, path), "utf8")

it.each(filesWithVersion())("$path holds the version of the packages", ({ path, text }) => {
  expect(text).toContain(version)
  expect(read(path)).toBe(text)
})

it("is that of every package", () => {
  for (const name of published) expect(JSON.parse(read(`packages/${name}/package.json`)).version).toBe(version)
})
