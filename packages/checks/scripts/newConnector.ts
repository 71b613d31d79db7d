import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { fromTarballs, isReleased } from "./packages.ts"

const root = join(import.meta.dirname, "../../..")
const templates = join(import.meta.dirname, "../templates")

/** Where to make a package, and from what. */
export interface Options {
  /** A folder for a package of one's own; in this workspace without it. */
  readonly out?: string | undefined
  /** Whether the source speaks SQL, so that it begins with the toolkit for those. */
  readonly sql?: boolean | undefined
}

/** Makes the package of a source from the template. */
export const newConnector = async (
  name: string,
  { out, sql = false }: Options = {},
): Promise<{ readonly folder: string; readonly next: ReadonlyArray<string> }> => {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`"${name}" is no name for a connector: small letters, digits and single dashes, a letter first`)
  }
  const folder = out === undefined ? join(root, "packages", `source-${name}`) : resolve(out)
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`)
  const isOwn = out !== undefined
  const versions = isOwn ? await readVersions() : new Map<string, string>()
  // What the second template has stands in place of the first one's.
  for (const template of ["connector", ...(sql ? ["sql-connector"] : [])].map((one) => join(templates, one))) {
    for (const entry of await readdir(template, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const to = join(folder, relative(template, file))
      const named = (await readFile(file, "utf8")).replaceAll("{{name}}", name)
      const text = sql && entry.name === "package.json" ? withToolkit(named) : named
      await mkdir(join(to, ".."), { recursive: true })
      await writeFile(to, isOwn ? ownText(entry.name, name, text, versions) : text)
    }
  }
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"))
  if (isOwn) await cp(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"))
  const shown = isOwn ? folder : relative(root, folder)
  const next = isOwn
    ? [...installing(folder), "npm test"]
    : [
        "pnpm install",
        "pnpm build",
        `pnpm --filter @starbase-replication/source-${name} typecheck`,
        `pnpm --filter @starbase-replication/source-${name} test`,
      ]
  return { folder: shown, next }
}

/** How a package of one's own gets those that it is built on: from files until they are on the registry. */
const installing = (folder: string): ReadonlyArray<string> => {
  if (isReleased()) return [`cd ${folder} && npm install`]
  const wanted = ["core", "sql-source", "connector-testing"].map((name) => `@starbase-replication/${name}`).join(" ")
  const files = fromTarballs(wanted, join(root, "tarballs")).join(" ")
  return [
    "pnpm pack:all   # nothing is on the registry yet: this makes the packages as files",
    `cd ${folder} && npm install ${files}`,
  ]
}

/** A package.json that depends on the toolkit for sources that speak SQL. */
const withToolkit = (text: string): string => {
  const { dependencies, ...manifest } = JSON.parse(text)
  const more = { ...dependencies, "@starbase-replication/sql-source": "workspace:^" }
  const entries = Object.entries(manifest).flatMap(([key, value]) =>
    key === "devDependencies" ? [["dependencies", more] as const, [key, value] as const] : [[key, value] as const],
  )
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

/** A file of a package that is not of this workspace: with a name, versions and compiler options of its own. */
const ownText = (file: string, name: string, text: string, versions: ReadonlyMap<string, string>): string => {
  if (file.startsWith("tsconfig")) return text.replace("../../tsconfig.base.json", "./tsconfig.base.json")
  if (file === "README.md") return text.replaceAll("@starbase-replication/source-", "starbase-replication-source-")
  if (file !== "package.json") return text
  const { repository: _, ...manifest } = JSON.parse(text)
  const pinned = (entries: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.keys(entries).map((one) => [one, versions.get(one) ?? entries[one]]))
  return `${JSON.stringify(
    {
      ...manifest,
      name: `starbase-replication-source-${name}`,
      dependencies: pinned(manifest.dependencies),
      devDependencies: pinned(manifest.devDependencies),
    },
    null,
    2,
  )}\n`
}

/** The versions that this workspace has of the packages that the template needs. */
const readVersions = async (): Promise<ReadonlyMap<string, string>> => {
  const workspace = await readFile(join(root, "pnpm-workspace.yaml"), "utf8")
  const [, catalog = ""] = /^catalog:\n((?: {2}.*\n)*)/m.exec(workspace) ?? []
  const versions = new Map(
    [...catalog.matchAll(/^ {2}"?([^":]+)"?: (\S+)$/gm)].map(([, name = "", version = ""]) => [name, version]),
  )
  for (const name of ["core", "connector-testing", "sql-source"]) {
    const { version } = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8"))
    versions.set(`@starbase-replication/${name}`, `^${version}`)
  }
  return versions
}
