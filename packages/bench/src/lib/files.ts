import { statfs } from "node:fs/promises"
import { tmpdir } from "node:os"

const memoryFolder = "/dev/shm"

/** What the tables, the replica and the floor's file take together where ten million rows are measured, in bytes. */
const needed = 12e9

/** Linux's numbers for kinds of file systems. */
const kinds = new Map([
  [0x01_02_19_94, "tmpfs"],
  [0xef_53, "ext4"],
  [0x58_46_53_42, "xfs"],
  [0x91_23_68_3e, "btrfs"],
  [0x79_4c_76_30, "overlay"],
])

/** The kind of file system that the files of servers, replicas and floors are in. */
export const kindOfFiles = async (): Promise<string> => kinds.get((await statfs(tmpdir())).type) ?? "a file system"

/**
 * Has these files made in memory, where there is enough of it and TMPDIR does not say otherwise: programs are to be
 * compared, not what a disk does meanwhile.
 */
export const useFilesInMemory = async (): Promise<void> => {
  if (process.env["TMPDIR"] === undefined && (await freeIn(memoryFolder)) >= needed) {
    process.env["TMPDIR"] = memoryFolder
  }
}

const freeIn = async (folder: string): Promise<number> => {
  try {
    const { bavail, bsize, type } = await statfs(folder)
    return kinds.get(type) === "tmpfs" ? bavail * bsize : 0
  } catch {
    // Not every system has it.
    return 0
  }
}
