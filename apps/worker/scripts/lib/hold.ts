import { execFile } from "node:child_process"
import { mkdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import { UserError } from "./fail.ts"

/** A folder of data that no other `start` may use meanwhile. */
export interface Held {
  /** Where workerd is to write its process id. */
  readonly idFile: string
  readonly release: () => Promise<void>
}

/** How long a workerd whose starter was killed may take to end. */
const endMillis = 10_000
const pollMillis = 100

/**
 * Holds a folder of data for this process, which the operating system ends with the process, however that ends. Fails in
 * plain words where another `start` holds it, or where the workerd of one that was killed does not let go of it.
 */
export const holdData = async (data: string): Promise<Held> => {
  await mkdir(data, { recursive: true })
  const lock = new DatabaseSync(join(data, "start.sqlite"))
  try {
    lock.exec("CREATE TABLE IF NOT EXISTS holder (id INTEGER)")
    lock.exec("BEGIN IMMEDIATE; DELETE FROM holder")
    lock.prepare("INSERT INTO holder VALUES (?)").run(process.pid)
    // A second transaction holds it, so that who is refused can read what the first has written.
    lock.exec("COMMIT; BEGIN IMMEDIATE")
  } catch (error) {
    if (!isBusy(error)) throw new UserError(`${data} cannot be used: ${error instanceof Error ? error.message : error}`)
    const [holder] = lock.prepare("SELECT id FROM holder").all()
    lock.close()
    throw new UserError(
      `The data in ${data} is in use by another start, process ${holder?.["id"]}. Stop that one, or choose another folder with --data.`,
    )
  }
  const idFile = join(data, "workerd.pid")
  await untilGone(idFile, data)
  return {
    idFile,
    release: async () => {
      await rm(idFile, { force: true })
      lock.close()
    },
  }
}

/** SQLite's result code for what another process holds. */
const isBusy = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "errcode" in error && Number(error.errcode) % 256 === 5

/** Waits until the workerd that has written its id to a file is gone. */
const untilGone = async (idFile: string, data: string): Promise<void> => {
  const id = Number(await readFile(idFile, "utf8").catch(() => ""))
  const deadline = Date.now() + endMillis
  while (id > 0 && (await isWorkerd(id))) {
    if (Date.now() > deadline) {
      throw new UserError(
        `A start that was killed has left its workerd, process ${id}, with the data in ${data}. Stop that process first.`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, pollMillis))
  }
}

/** Whether a process runs, and is a workerd: after a restart of the machine another may have its id. */
const isWorkerd = async (id: number): Promise<boolean> => {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-p", String(id), "-o", "stat=,command="])
    return !stdout.trim().startsWith("Z") && stdout.includes("workerd")
  } catch {
    return false
  }
}
