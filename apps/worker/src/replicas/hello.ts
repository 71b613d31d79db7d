import { answers, FeedAnswer, type FeedRequest } from "@starbase-replication/hub/protocol"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** How a hub's log stands. */
export interface Hello {
  readonly epoch: string
  readonly seq: number
  readonly trimmed: number
  /** Another text where a table was put in the place of another one. */
  readonly generations: string
}

const decode = Schema.decodeUnknownOption(FeedAnswer)
const decodeHello = Schema.decodeUnknownOption(answers.hello)

/** How the hub's log stands by an answer; undefined where that is not what was asked, or not answered. */
export const helloOf = (request: FeedRequest, answer: unknown): Hello | undefined => {
  if (request.method !== "hello") return undefined
  const given = Option.getOrUndefined(decode(answer))
  const hello = given !== undefined && "answer" in given ? Option.getOrUndefined(decodeHello(given.answer)) : undefined
  if (hello === undefined) return undefined
  const { epoch, seq, trimmed, tables } = hello
  return { epoch, seq, trimmed, generations: JSON.stringify(tables.map(({ name, generation }) => [name, generation])) }
}
