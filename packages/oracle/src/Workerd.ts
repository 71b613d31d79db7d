import { Agent, request } from "node:http"
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
export interface Workerd extends Omit<WorkerdProcess, "port"> {
  /** A database by its name. */
  readonly object: (name: string) => WorkerdObject
}

interface Answer {
  readonly rows?: Rows
  readonly error?: string
}

const config = fileURLToPath(new URL("../fixtures/objects.capnp", import.meta.url))

export const startWorkerd = async (): Promise<Workerd> => {
  const { port, stop, ...control } = await startWorkerdProcess(config)
  const agent = new Agent({ keepAlive: true })
  const send = (name: string, method: string, statements: ReadonlyArray<Statement>): Promise<ReadonlyArray<Answer>> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(statements)
      const headers = { "content-length": Buffer.byteLength(body) }
      const where = { agent, host: "127.0.0.1", port: port(), path: `/${encodeURIComponent(name)}` }
      request({ ...where, method, headers }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", reject)
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as ReadonlyArray<Answer>))
      })
        .on("error", reject)
        .end(body)
    })
  return {
    ...control,
    object: (name) => ({
      execute: async (sql, params) => {
        const [answer] = await send(name, "POST", [{ sql, params }])
        if (answer?.rows === undefined) throw new Error(answer?.error)
        return answer.rows
      },
      batch: async (statements) => (await send(name, "POST", statements)).map(({ rows }) => rows),
      evict: async () => {
        await send(name, "DELETE", [])
      },
    }),
    stop: async () => {
      agent.destroy()
      await stop()
    },
  }
}
