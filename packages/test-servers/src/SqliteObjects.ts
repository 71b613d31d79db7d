import { fileURLToPath } from "node:url"
import { startWorkerdProcess } from "./WorkerdProcess.ts"

/** A database in a Durable Object of real workerd. */
export interface SqliteObject {
  /** Runs a statement and gives its rows as arrays; rejects with SQLite's message. */
  readonly execute: (
    sql: string,
    params: ReadonlyArray<string | null>,
  ) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
  /** Rows that the statements since the last call would bill as written. */
  readonly takeRowsWritten: () => number
  /** Called with each statement before it runs; what it throws fails the statement. */
  fault: ((sql: string) => void) | undefined
}

/** Real workerd with as many databases as wanted. */
export interface SqliteObjects {
  /** A database of its own. */
  readonly object: () => SqliteObject
  readonly stop: () => Promise<void>
}

interface Answer {
  readonly rows: Array<Array<unknown>>
  readonly rowsWritten: number
  readonly error?: string
}

const config = fileURLToPath(new URL("../fixtures/objects.capnp", import.meta.url))

/** Starts workerd with a Worker whose Durable Objects run the SQL that they are given. */
export const startSqliteObjects = async (): Promise<SqliteObjects> => {
  const { send, stop } = await startWorkerdProcess(config)
  let count = 0

  const object = (): SqliteObject => {
    const path = `/${count++}`
    let rowsWritten = 0
    const self: SqliteObject = {
      fault: undefined,
      takeRowsWritten: () => {
        const taken = rowsWritten
        rowsWritten = 0
        return taken
      },
      execute: async (sql, params) => {
        self.fault?.(sql)
        const answer = JSON.parse(await send("POST", path, JSON.stringify({ sql, params }))) as Answer
        if (answer.error !== undefined) throw new Error(answer.error)
        rowsWritten += answer.rowsWritten
        return answer.rows
      },
    }
    return self
  }
  return { object, stop }
}
