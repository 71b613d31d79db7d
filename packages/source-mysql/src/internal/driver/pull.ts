import type { Value } from "@starbase-replication/core/source"
import { type Taken, Taker } from "@starbase-replication/sql-source"
import type { Convert } from "../values.ts"
import { type RowPacket, RowReader } from "./rows.ts"

/** The rows that were taken. */
export interface Pulled extends Taken {
  /** What MariaDB says of a column's format besides its type: `json` or nothing. */
  readonly formats: ReadonlyArray<string | undefined>
}

/** What to do with the rows. */
export interface Take {
  /** What converts the values, one for each column. */
  readonly converts: ReadonlyArray<Convert>
  /** No row is taken after this many bytes. */
  readonly maxBytes: number
}

export interface Question {
  readonly statement: string
  readonly take: Take
}

/** Takes rows up to `maxBytes`. */
export const makeTaker = ({ converts, maxBytes }: Take) => {
  const taker = new Taker(maxBytes)
  let formats: ReadonlyArray<string | undefined> = []
  const reader = new RowReader()
  return {
    /** False once so many rows were left that the rest is not worth reading past. */
    take: (row: RowPacket): boolean => {
      if (taker.isFull()) return taker.leave(row.end - row.offset)
      reader.open(row)
      taker.rows.push(converts.map((convert): Value => (reader.next() ? convert(reader) : null)))
      reader.close()
      taker.bytes = reader.length
      return true
    },
    describe: (fields: ReadonlyArray<{ readonly extendedFormat?: string }>): void => {
      formats = fields.map(({ extendedFormat }) => extendedFormat)
    },
    end: (reusable: boolean): Pulled => ({ ...taker.end(reusable), formats }),
  }
}
