import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../../..")
const scope = "@starbase-replication/"

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"))

/** What goes to the registry, by folders: every package that is not private. */
export const published: ReadonlyArray<string> = readdirSync(join(root, "packages")).filter(
  (folder) => manifestOf(folder).private !== true,
)

/** Whether the packages are on the registry: the first release takes its changeset away. */
export const isReleased = (): boolean => !existsSync(join(root, ".changeset/first-release.md"))

/** Some of the packages with all of this repository that they need, by folders. */
export const withDependencies = (folders: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = new Set<string>()
  const add = (folder: string) => {
    if (found.has(folder)) return
    found.add(folder)
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
      if (name.startsWith(scope)) add(name.slice(scope.length))
    }
  }
  for (const folder of folders) add(folder)
  return [...found].toSorted()
}

/** The file that `pnpm pack` makes of a package. */
export const tarballOf = (folder: string): string => `starbase-replication-${folder}-${manifestOf(folder).version}.tgz`

/** Packs packages into a folder, as they would go to the registry. */
export const packInto = async (to: string, folders: ReadonlyArray<string> = published): Promise<void> => {
  await mkdir(to, { recursive: true })
  for (const folder of folders) {
    await promisify(execFile)("pnpm", ["pack", "--pack-destination", to], { cwd: join(root, "packages", folder) })
  }
}

/**
 * The words of a line that installs from the registry, with files of a folder in place of this repository's packages: those
 * that are named, and those that they need.
 */
export const fromTarballs = (line: string, folder: string): ReadonlyArray<string> => {
  const words = line.trim().split(/\s+/)
  const own = words.filter((word) => word.startsWith(scope)).map((word) => word.slice(scope.length))
  return [
    ...words.filter((word) => !word.startsWith(scope)),
    ...withDependencies(own).map((one) => join(folder, tarballOf(one))),
  ]
}
