import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../../..")
const packages = readdirSync(join(root, "packages"))

const sources = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const importsOf = (file: string): ReadonlyArray<string> =>
  [...readFileSync(join(root, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
    (match) => match[1] ?? "",
  )

interface Manifest {
  readonly private?: boolean
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"))

/** The package of a module specifier: `pg`, `@supabase/supabase-js`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const published = packages.filter((name) => manifestOf(name).private !== true)
const drivers = new Map([
  ["pg", "source-postgres"],
  ["mysql2", "source-mysql"],
  ["@supabase/supabase-js", "source-supabase"],
])

describe.each(published)("packages/%s", (name) => {
  const files = sources(`packages/${name}/src`)
  const imports = files.flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))
  const foreign = imports.filter(({ specifier }) => !specifier.startsWith("."))

  it("imports what it declares, and declares what it imports", () => {
    const { dependencies = {}, peerDependencies = {} } = manifestOf(name)
    const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)].toSorted()
    const used = new Set(
      foreign.map(({ specifier }) => packageOf(specifier)).filter((used) => !used.startsWith("node:")),
    )
    expect([...used].toSorted()).toEqual(declared)
  })

  it("imports effect by module path", () => {
    expect(foreign.filter(({ specifier }) => specifier === "effect")).toEqual([])
  })

  it("imports its driver in one internal file, and nobody else's", () => {
    const found = foreign.filter(({ specifier }) => drivers.has(packageOf(specifier)))
    const owners = new Set(found.map(({ specifier }) => drivers.get(packageOf(specifier))))
    expect([...owners]).toEqual([...drivers.values()].includes(name) ? [name] : [])
    expect(new Set(found.map(({ file }) => file)).size).toBeLessThanOrEqual(1)
    for (const { file } of found) expect(file).toContain("/internal/")
  })

  it("keeps to its layer", () => {
    const others = new Set(
      foreign
        .map(({ specifier }) => packageOf(specifier))
        .filter((one) => one.startsWith("@starbase-replication/"))
        .map((one) => one.slice("@starbase-replication/".length)),
    )
    const allowed: Record<string, ReadonlyArray<string>> = {
      core: [],
      plugin: ["core", "sink-sqlite"],
      "connector-testing": ["core"],
    }
    for (const other of others) expect(allowed[name] ?? ["core", "postgres-values"]).toContain(other)
  })

  it("re-exports by name", () => {
    expect(readFileSync(join(root, `packages/${name}/src/index.ts`), "utf8")).not.toMatch(/export \*/)
  })
})

it("source connectors have the same files and exports", () => {
  for (const name of published.filter((one) => one.startsWith("source-"))) {
    const files = sources(`packages/${name}/src`).map((file) => file.slice(`packages/${name}/src/`.length))
    for (const file of ["index.ts", "Settings.ts", "Source.ts"]) expect(files).toContain(file)
    const index = readFileSync(join(root, `packages/${name}/src/index.ts`), "utf8")
    for (const exported of ["connector", "layer", "Settings"]) expect(index).toMatch(new RegExp(`\\b${exported}\\b`))
  }
})
