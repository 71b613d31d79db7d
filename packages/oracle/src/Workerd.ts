import { fileURLToPath } from "node:url"
import type { Execute } from "@starbase-replication/sink-sqlite"
import { startWorkerdProcess, type WorkerdProcess } from "@starbase-replication/test-servers"

interface Statement {
  readonly sql: string
  readonly params: ReadonlyArray<string | null>
}

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** A database in a Durable Object. */
export interface WorkerdObject {
  readonly execute: Execute
  /** The rows of statements that run one after the other; undefined for one that failed. */
  readonly batch: (statements: ReadonlyArray<Statement>) => Promise<ReadonlyArray<Rows | undefined>>
  /** Throws the object out of memory, with what it is doing. */
  readonly evict: () => Promise<void>
}

/** A workerd of its own, with as many databases as wanted. */
export interface Workerd extends Omit<WorkerdProcess, "port" | "send"> {
  /** A database by its name. */
  readonly object: (name: string) => WorkerdObject
}

interface Answer {
  readonly rows?: Rows
  readonly error?: string
}

const config = fileURLToPath(new URL("../fixtures/objects.capnp", import.meta.url))

export const startWorkerd = async (): Promise<Workerd> => {
  const { kill, restart, send, stop } = await startWorkerdProcess(config)
  const ask = async (
    name: string,
    method: string,
    statements: ReadonlyArray<Statement>,
  ): Promise<ReadonlyArray<Answer>> =>
    JSON.parse(await send(method, `/${encodeURIComponent(name)}`, JSON.stringify(statements)))
  return {
    kill,
    restart,
    stop,
    object: (name) => ({
      execute: async (sql, params) => {
        const [answer] = await ask(name, "POST", [{ sql, params }])
        if (answer?.rows === undefined) throw new Error(answer?.error)
        return answer.rows
      },
      batch: async (statements) => (await ask(name, "POST", statements)).map(({ rows }) => rows),
      evict: async () => {
        await ask(name, "DELETE", [])
      },
    }),
  }
}
