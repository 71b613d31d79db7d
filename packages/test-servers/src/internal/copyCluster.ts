import { chown, copyFile, mkdir, readdir } from "node:fs/promises"
import { join } from "node:path"
import type { Identity } from "./supervise.ts"

/** Folders of which a copy needs nothing that is in them. */
const emptied = new Set([
  "pg_dynshmem",
  "pg_notify",
  "pg_replslot",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
  "pg_wal",
])
const left = new Set(["postmaster.pid", "postmaster.opts"])

/** Copies the data directory of a server that is in backup mode, for a server of the given user. */
export const copyCluster = async (from: string, to: string, { uid, gid }: Identity): Promise<void> => {
  const own = async (path: string) => {
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
  }
  const copy = async (folder: string): Promise<void> => {
    await mkdir(join(to, folder), { mode: 0o700 })
    await own(join(to, folder))
    if (emptied.has(folder)) return
    for (const entry of await readdir(join(from, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await copy(path)
      else if (entry.isFile() && !left.has(path) && (await isCopied(join(from, path), join(to, path)))) {
        await own(join(to, path))
      }
    }
  }
  await copy("")
}

/** Files may go while the server runs; what is needed of them is in the log of changes. */
const isCopied = (from: string, to: string): Promise<boolean> =>
  copyFile(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false
      throw error
    },
  )
