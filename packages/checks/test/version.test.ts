import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { isReleased, published } from "../scripts/packages.ts"
import { filesWithVersion, pages, version } from "../scripts/version.ts"

const root = join(import.meta.dirname, "../../..")
const read = (path: string) => readFileSync(join(root, path), "utf8")

it.each(filesWithVersion())("$path is as pnpm run next-version writes it", ({ path, text }) => {
  expect(read(path)).toBe(text)
})

it("is the same in every package", () => {
  for (const name of published) expect(JSON.parse(read(`packages/${name}/package.json`)).version).toBe(version())
  for (const path of ["packages/plugin/src/internal/version.ts", "packages/plugin/meta.json"]) {
    expect(read(path)).toContain(version())
  }
})

it("has pages say how to install what is not on the registry yet, until it is", () => {
  const installing = pages.filter((page) => /npm install .*@starbase-replication\//.test(read(page)))
  expect(installing.length).toBeGreaterThan(3)
  for (const page of installing) {
    const marked = /<!-- until the first release -->\n[^]*?pack:all[^]*?<!-- \/until -->/.test(read(page))
    expect(marked, page).toBe(!isReleased())
  }
})
