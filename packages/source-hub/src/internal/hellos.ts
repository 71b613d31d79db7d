import { ConnectorError } from "@starbase-replication/core/source"
import type { AnswerTo } from "@starbase-replication/hub/protocol"
import * as Effect from "effect/Effect"
import type { Client } from "./client.ts"

type Hello = AnswerTo<"hello">

/** How the hub stands. What describes its tables and what says where its log stands is one answer, the first of a run. */
export interface Hellos {
  /** The last answer, or the first one. */
  readonly last: Effect.Effect<Hello, ConnectorError>
  /** An answer that no table was described by yet. */
  readonly described: Effect.Effect<Hello, ConnectorError>
  /** An answer that nobody has been given yet as the log's standing. */
  readonly next: Effect.Effect<Hello, ConnectorError>
}

/**
 * The hellos of one run. A run goes by the epoch and the generations that it began with: under others, what it knows of its
 * tables may be wrong, and the next run begins with what is so then.
 */
export const makeHellos = (client: Client): Hellos => {
  let known: Hello | undefined
  let isFresh = false
  let isDescribed = false
  const ask = Effect.gen(function* () {
    const hello = yield* client.ask({ method: "hello" })
    if (known !== undefined && identityOf(known) !== identityOf(hello)) {
      return yield* new ConnectorError({
        code: "source-busy",
        message: "The hub has begun its log anew, or put other tables in the place of some",
        hint: "It is gone on with as it is now at the next try.",
      })
    }
    known = hello
    isFresh = true
    return hello
  })
  return {
    last: Effect.suspend(() => (known === undefined ? ask : Effect.succeed(known))),
    described: Effect.suspend(() => {
      const taken = known === undefined || isDescribed ? ask : Effect.succeed(known)
      isDescribed = true
      return taken
    }),
    next: Effect.suspend(() => {
      const taken = isFresh && known !== undefined ? Effect.succeed(known) : ask
      return Effect.tap(taken, () => Effect.sync(() => (isFresh = false)))
    }),
  }
}

const identityOf = ({ tenant, epoch, tables }: Hello): string =>
  JSON.stringify([tenant, epoch, tables.map(({ name, generation }) => [name, generation]).toSorted()])
