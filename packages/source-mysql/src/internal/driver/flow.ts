import type { Row, Value } from "@starbase-replication/core/source"
import type { Convert } from "../values.ts"
import { type RowPacket, RowReader } from "./rows.ts"

/** The rows of an answer that flows in, page by page: the server waits while nobody asks for one. */
export interface Flow {
  /** Calls one of the two, with undefined once there are no more rows. To be called once at a time. */
  readonly next: (end: (rows: ReadonlyArray<Row> | undefined) => void, fail: (error: unknown) => void) => void
}

/** What a page has at most, and what stops and starts the answer. */
export interface FlowOptions {
  readonly converts: ReadonlyArray<Convert>
  readonly pageRows: number
  readonly pageBytes: number
  readonly pause: () => void
  readonly resume: () => void
}

/** Collects rows until somebody asks for them. */
export const makeFlow = ({ converts, pageRows, pageBytes, pause, resume }: FlowOptions) => {
  const reader = new RowReader()
  let rows: Array<Row> = []
  let from = 0
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  let waiting: { readonly end: Parameters<Flow["next"]>[0]; readonly fail: Parameters<Flow["next"]>[1] } | undefined

  const isFull = () => rows.length >= pageRows || reader.length - from >= pageBytes
  const give = () => {
    if (waiting === undefined) {
      if (!isOver && isFull()) pause()
      return
    }
    if (failure === undefined && !isOver && !isFull()) return
    const { end, fail } = waiting
    waiting = undefined
    if (failure !== undefined) return fail(failure.error)
    const page = rows
    rows = []
    from = reader.length
    if (!isOver) pause()
    end(page.length === 0 ? undefined : page)
  }
  const flow: Flow = {
    next: (end, fail) => {
      waiting = { end, fail }
      give()
      if (waiting !== undefined) resume()
    },
  }
  return {
    flow,
    take: (row: RowPacket): void => {
      reader.open(row)
      rows.push(converts.map((convert): Value => (reader.next() ? convert(reader) : null)))
      reader.close()
      give()
    },
    end: (): void => {
      isOver = true
      give()
    },
    fail: (error: unknown): void => {
      failure ??= { error }
      give()
    },
  }
}
