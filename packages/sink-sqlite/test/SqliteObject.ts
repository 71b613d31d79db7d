import { createTestHarness } from "wrangler"
import type { Execute } from "../src/index.ts"

/** A database in a Durable Object of real workerd. */
export interface SqliteObject {
  readonly execute: Execute
  /** Rows that the statements since the last call would bill as written. */
  readonly takeRowsWritten: () => number
  /** What to run, or to throw, in place of the n-th statement from now; undefined for none. */
  fault: ((sql: string) => void) | undefined
}

/** Real workerd; each name is a database of its own. */
export const startObjects = async () => {
  const harness = createTestHarness({
    workers: [
      {
        config: {
          name: "objects",
          main: new URL("./fixtures/worker.ts", import.meta.url).pathname,
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
        const answer = (await response.json()) as { rows: Array<Array<unknown>>; rowsWritten: number; error?: string }
        if (answer.error !== undefined) throw new Error(answer.error)
        rowsWritten += answer.rowsWritten
        return answer.rows
      },
    }
    return self
  }
  return { object, stop: () => harness.close() }
}
