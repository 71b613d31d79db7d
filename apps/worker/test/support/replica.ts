import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { TestWorker } from "./worker.ts"

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** The Durable Object, reached past the Worker, whose every request would see to the alarm. */
export interface DirectReplica {
  readonly rows: (sql: string) => Promise<Rows>
  readonly getAlarm: () => Promise<number | null>
  readonly setAlarm: (at: number) => Promise<void>
  readonly deleteAlarm: () => Promise<void>
  /** What the Worker does at a request, and after an operator's. */
  readonly init: () => Promise<unknown>
  readonly wakeNow: () => Promise<void>
}

interface Stub extends Omit<DirectReplica, "rows"> {
  executeQuery(query: { sql: string; isRaw: boolean }): Promise<{ rows: Rows }>
}

export const openReplica = async ({ miniflare }: TestWorker): Promise<DirectReplica> => {
  const namespace = await miniflare.getDurableObjectNamespace("REPLICA")
  const stub = namespace.get(namespace.idFromName("replica")) as unknown as Stub
  return {
    rows: async (sql) => (await stub.executeQuery({ sql, isRaw: true })).rows,
    getAlarm: () => stub.getAlarm(),
    setAlarm: (at) => stub.setAlarm(at),
    deleteAlarm: () => stub.deleteAlarm(),
    init: () => stub.init(),
    wakeNow: () => stub.wakeNow(),
  }
}

/** The processes of workerd that this one has started. */
export const workerdProcesses = async (): Promise<ReadonlyArray<number>> => {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,comm="])
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, command = ""] = line.trim().split(/\s+/)
    return Number(parent) === process.pid && command.includes("workerd") ? [Number(pid)] : []
  })
}
