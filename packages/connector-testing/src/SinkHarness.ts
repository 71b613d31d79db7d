import type { Plan, Row, Sink } from "@starbase-replication/core/sink"
import type * as Layer from "effect/Layer"
import type { Without } from "./Without.ts"

/** A store that sinks write to, and what the kit must see of it and do to it. */
export interface SinkStore {
  /**
   * A sink over the store; each time that it is provided is another process. It takes the time from Effect's Clock, and
   * a run holds its table for a minute after its last write.
   */
  readonly sink: Layer.Layer<Sink>
  /**
   * Called before each step that the sink takes in the store, such as a statement, and after it. What it throws before
   * a step fails the step; what it throws after one loses its answer.
   */
  watch: ((moment: "before" | "after") => void) | undefined
  /**
   * The rows of a plan's replica table as its readers see them, in the order of the plan's columns, in canonical texts
   * (a double may have any spelling) and in any order of the rows; undefined where there is no such table.
   */
  readonly rows: (plan: Plan) => Promise<ReadonlyArray<Row> | undefined>
  /** How many writes were made, or would be billed, since the last call. */
  readonly takeWrites: (() => number) | Without
  /** Makes a table of a plan's name and columns that is not the sink's, with one row of these values. */
  readonly makeForeign: ((plan: Plan, row: Row) => Promise<void>) | Without
  /** Lets the replica table refuse a row in which a column has the value of another row. */
  readonly constrain: ((plan: Plan, column: string) => Promise<void>) | Without
}

/** What the kit must know of a sink to examine it. */
export interface SinkHarness {
  /** Makes a new and empty store. It is asked for many. */
  readonly store: () => Promise<SinkStore>
  /** A row with a text of so many bytes is more than the store can hold. */
  readonly tooLarge: number | Without
  /** How many columns a replica table may have. */
  readonly maxColumns: number
}

/** Starts what the sink needs. What is given to `atEnd` is called once the suite is over, the last one first. */
export type StartSink = (atEnd: (stop: () => Promise<unknown>) => void) => Promise<SinkHarness>
