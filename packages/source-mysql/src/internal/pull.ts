import type { Row, Value } from "@starbase-replication/core/source"
import { type RowPacket, RowReader } from "./rows.ts"
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
  /** What converts the values, one for each column. */
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
  const reader = new RowReader()
  let drained = 0
  return {
    /** False once so many rows were left that the rest is not worth reading past. */
    take: (row: RowPacket): boolean => {
      if (reader.length >= maxBytes && rows.length > 0) {
        drained += row.end - row.offset
        return drained <= drainBytes
      }
      reader.open(row)
      rows.push(converts.map((convert): Value => (reader.next() ? convert(reader) : null)))
      reader.close()
      return true
    },
    describe: (fields: ReadonlyArray<{ readonly extendedFormat?: string }>): void => {
      formats = fields.map(({ extendedFormat }) => extendedFormat)
    },
    end: (reusable: boolean): Pulled => ({
      rows,
      formats,
      bytes: reader.length,
      complete: drained === 0,
      reusable,
    }),
  }
}
