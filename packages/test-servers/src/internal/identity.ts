import { readFile } from "node:fs/promises"
import type { Identity } from "./supervise.ts"

/** Servers that refuse to run as root get a user of the system that is not root; without root, nothing changes. */
export const serverIdentity = async (preferred: string): Promise<Identity> => {
  if (process.getuid?.() !== 0) return {}
  const users = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"))
  for (const name of [preferred, "nobody"]) {
    const user = users.find(([login]) => login === name)
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) }
  }
  throw new Error(
    `Running as root needs a user named ${preferred} or nobody for the server; make one: useradd ${preferred}`,
  )
}
