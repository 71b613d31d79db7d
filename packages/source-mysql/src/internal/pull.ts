import type { Row, Value } from "@starbase-replication/core"
import type { Convert } from "./values.ts"

/** The rows that were taken. */
export interface Pulled {
  readonly rows: ReadonlyArray<Row>
  /** What MariaDB says of a column's format besides its type: `json` or nothing. */
  readonly formats: ReadonlyArray<string | undefined>
  readonly bytes: number
  /** False where rows came that were left, because `maxBytes` was reached. */
  readonly complete: boolean
  /** False where the connection is still busy with rows that nobody wants. */
  readonly reusable: boolean
}

/** What to send and what to do with the rows. */
export interface PullOptions {
  readonly statement: string
  /** What converts the values, by their place. */
  readonly converts: ReadonlyArray<Convert>
  /** No row is taken after this many bytes. */
  readonly maxBytes: number
}

/** Rows that are left are read past up to this many bytes: about what a new connection costs. */
const drainBytes = 4_000_000

/** Takes rows up to `maxBytes`. */
export const makeTaker = ({ converts, maxBytes }: PullOptions) => {
  const rows: Array<Row> = []
  let formats: ReadonlyArray<string | undefined> = []
  let bytes = 0
  let drained = 0
  return {
    /** False once so many rows were left that the rest is not worth reading past. */
    take: (fields: ReadonlyArray<Buffer | null>): boolean => {
      let length = 0
      for (const field of fields) length += field?.length ?? 0
      if (bytes >= maxBytes && rows.length > 0) {
        drained += Math.max(length, 1)
        return drained <= drainBytes
      }
      rows.push(fields.map((field, place): Value => (field === null ? null : (converts[place]?.(field) ?? null))))
      bytes += length
      return true
    },
    describe: (fields: ReadonlyArray<{ readonly extendedFormat?: string }>): void => {
      formats = fields.map(({ extendedFormat }) => extendedFormat)
    },
    end: (reusable: boolean): Pulled => ({ rows, formats, bytes, complete: drained === 0, reusable }),
  }
}
