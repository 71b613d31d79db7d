import { statfs } from "node:fs/promises"
import { tmpdir } from "node:os"

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
