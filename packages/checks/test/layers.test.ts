import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../../..")
const packages = readdirSync(join(root, "packages"))

const sources = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const importsOf = (file: string): ReadonlyArray<string> => {
  const text = readFileSync(join(root, file), "utf8")
  // What is made of other files holds their text, and imports nothing.
  if (text.startsWith("// Made of ")) return []
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "")
}

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

/** What ships as a bundle with all that it imports. */
const bundled = new Set(["cli"])
const published = packages.filter((name) => manifestOf(name).private !== true && !bundled.has(name))
/** What each package may import of the others. */
const below: Readonly<Record<string, ReadonlyArray<string>>> = {
  core: [],
  "connector-testing": ["core"],
  hub: ["core", "sql-source", "sqlite-values"],
  plugin: ["core", "hub", "sink-sqlite"],
  "postgres-values": ["core"],
  "sink-sqlite": ["core"],
  "source-hub": ["core", "hub"],
  "source-libsql": ["core", "sql-source", "sqlite-values"],
  "source-mysql": ["core", "sql-source"],
  "source-postgres": ["core", "postgres-values", "sql-source"],
  "source-starbase": ["core", "sql-source", "sqlite-values"],
  "source-supabase": ["core", "postgres-values"],
  "sql-source": ["core"],
  "sqlite-values": ["core", "sql-source"],
}

it("has a layer for each package", () => {
  expect(published.toSorted()).toEqual(Object.keys(below).toSorted())
})

/** Each driver, the only files that may import it, and members of it that nothing else names. */
const drivers: Readonly<
  Record<string, { readonly owner: string; readonly files: RegExp; readonly members: ReadonlyArray<string> }>
> = {
  pg: {
    owner: "source-postgres",
    files: /\/internal\/driver\//,
    members: [
      "_cfReader",
      "_cfSocket",
      "_listen",
      "attachListeners",
      "connection",
      "dataRow",
      "dataTypeID",
      "handleDataRow",
      "handleReadyForQuery",
      "parameterStatus",
      "sslconnect",
      "submit",
    ],
  },
  mysql2: {
    owner: "source-mysql",
    files: /\/internal\/driver\//,
    members: ["connection", "createConnection", "extendedFormat", "isEOF", "row", "rowsAsArray", "typeCast"],
  },
  "@libsql/client": {
    owner: "source-libsql",
    files: /\/internal\/client\.ts$/,
    members: ["createClient", "intMode"],
  },
  "@supabase/supabase-js": { owner: "source-supabase", files: /\/internal\/client\.ts$/, members: ["createClient"] },
}

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

  it("imports its driver behind one door, and nobody else's", () => {
    const found = foreign.filter(({ specifier }) => packageOf(specifier) in drivers)
    const owners = new Set(found.map(({ specifier }) => drivers[packageOf(specifier)]?.owner))
    expect([...owners]).toEqual(Object.values(drivers).some(({ owner }) => owner === name) ? [name] : [])
    for (const { file, specifier } of found) expect(file).toMatch(drivers[packageOf(specifier)]?.files ?? /^$/)
    for (const { file, specifier } of imports) {
      if (specifier.includes("/driver/") && !file.includes("/internal/driver/")) {
        expect(specifier, file).toMatch(/\/driver\/open\.ts$|^\.\/driver\/open\.ts$/)
      }
    }
  })

  it("keeps to its layer", () => {
    const others = new Set(
      foreign
        .map(({ specifier }) => packageOf(specifier))
        .filter((one) => one.startsWith("@starbase-replication/"))
        .map((one) => one.slice("@starbase-replication/".length)),
    )
    for (const other of others) expect(below[name]).toContain(other)
  })

  it("re-exports by name", () => {
    for (const file of files) expect(readFileSync(join(root, file), "utf8"), file).not.toMatch(/export \*/)
  })
})

describe.each(Object.entries(drivers))("%s", (_driver, { owner, files, members }) => {
  const texts = sources(`packages/${owner}/src`).map((file) => ({
    file,
    text: readFileSync(join(root, file), "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, ""),
  }))

  it.each(members)("is the only one to have %s", (member) => {
    const named = new RegExp(`\\.${member}\\b|(?<![\\w"'\`])${member}(?:\\??:|\\()|"${member}"`)
    const found = texts.filter(({ text }) => named.test(text)).map(({ file }) => file)
    expect(found).not.toEqual([])
    expect(found.filter((file) => !files.test(file))).toEqual([])
  })
})

/** The folders of core, each with those that it may import, which are all below it. */
const floors: Readonly<Record<string, ReadonlyArray<string>>> = {
  table: [],
  error: [],
  mask: ["table"],
  source: ["table", "error"],
  config: ["table", "error", "mask", "source"],
  state: ["table", "error", "source"],
  plan: ["table", "error", "mask", "source", "config"],
  sink: ["table", "error", "source", "state", "plan"],
  sync: ["table", "error", "mask", "source", "config", "state", "plan", "sink"],
  follow: ["table", "error", "mask", "source", "config", "state", "plan", "sink", "sync"],
  run: ["table", "error", "mask", "source", "config", "state", "plan", "sink", "sync", "follow"],
}

describe("packages/core", () => {
  const folder = "packages/core/src"
  const files = sources(folder)
  /** What a file imports of core, types counted. */
  const inCore = (file: string): ReadonlyArray<string> =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => join(dirname(file), specifier))
  const floorOf = (file: string): string => relative(folder, dirname(file))

  it("has these floors and one door for each who uses it", () => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    const doors = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    expect(folders.toSorted()).toEqual(Object.keys(floors).toSorted())
    expect(doors.toSorted()).toEqual(["config.ts", "run.ts", "sink.ts", "source.ts"])
  })

  it.each(Object.entries(floors))("%s imports only floors below", (floor, below) => {
    const found = files
      .filter((file) => floorOf(file) === floor)
      .flatMap((file) => inCore(file).map((imported) => ({ file, floor: floorOf(imported) })))
    expect(found.filter((one) => one.floor !== floor && !below.includes(one.floor))).toEqual([])
  })
})

describe.each([...bundled])("packages/%s", (name) => {
  const imports = sources(`packages/${name}/src`).flatMap(importsOf)

  it("ships without dependencies but optional ones, and has the rest in its bundle", () => {
    const { dependencies, peerDependencies } = manifestOf(name)
    expect({ dependencies, peerDependencies }).toEqual({})
  })

  it("imports effect by module path, and no driver but through a connector", () => {
    expect(imports.filter((specifier) => specifier === "effect")).toEqual([])
    expect(imports.filter((specifier) => packageOf(specifier) in drivers)).toEqual([])
  })
})

describe("the words of core, sources and sinks", () => {
  /** Lines that hold words which belong further up: the plugin has the routes, a sink its platform. */
  const linesWith = (name: string, words: RegExp): ReadonlyArray<string> =>
    sources(`packages/${name}/src`).flatMap((file) => {
      const lines = readFileSync(join(root, file), "utf8").split("\n")
      return lines.flatMap((line) => (words.test(line) ? [`${file}: ${line.trim()}`] : []))
    })

  it("core names no route and no platform", () => {
    expect(linesWith("core", /\b(?:GET|POST|PUT|DELETE) \/|\/replicate\b|Durable Object/)).toEqual([])
  })

  it.each(published.filter((name) => /^(?:source|sink)-/.test(name)))(
    "%s names none of the plugin's routes",
    (name) => {
      expect(linesWith(name, /\/replicate\b/)).toEqual([])
    },
  )
})

it("source connectors have the same files and exports", () => {
  for (const name of published.filter((one) => one.startsWith("source-"))) {
    const files = sources(`packages/${name}/src`).map((file) => file.slice(`packages/${name}/src/`.length))
    for (const file of ["index.ts", "Settings.ts", "Source.ts"]) expect(files).toContain(file)
    const index = readFileSync(join(root, `packages/${name}/src/index.ts`), "utf8")
    for (const exported of ["connector", "layer", "Settings"]) expect(index).toMatch(new RegExp(`\\b${exported}\\b`))
  }
})
