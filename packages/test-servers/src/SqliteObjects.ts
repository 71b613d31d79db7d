import { fileURLToPath } from "node:url"
import { createTestHarness } from "wrangler"

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

/** Starts workerd with a Worker whose Durable Objects run the SQL that they are given. */
export const startSqliteObjects = async (): Promise<SqliteObjects> => {
  const harness = createTestHarness({
    workers: [
      {
        config: {
          name: "objects",
          main: fileURLToPath(new URL("../fixtures/sqliteObject.ts", import.meta.url)),
          compatibility_date: "2024-09-25",
          compatibility_flags: ["nodejs_compat_v2"],
          durable_objects: { bindings: [{ name: "OBJECT", class_name: "SqliteObject" }] },
          migrations: [{ tag: "v1", new_sqlite_classes: ["SqliteObject"] }],
        },
      },
    ],
  })
  await harness.listen()
  let count = 0

  const object = (): SqliteObject => {
    const name = `/${count++}`
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
        const response = await harness.fetch(name, { method: "POST", body: JSON.stringify({ sql, params }) })
        const answer = (await response.json()) as Answer
        if (answer.error !== undefined) throw new Error(answer.error)
        rowsWritten += answer.rowsWritten
        return answer.rows
      },
    }
    return self
  }
  return { object, stop: () => harness.close() }
}
