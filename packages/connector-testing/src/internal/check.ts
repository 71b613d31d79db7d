import type { ConnectorError } from "@starbase-replication/core/source"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Check } from "../Check.ts"
import { ContractBroken, NotOffered } from "../Problems.ts"
import { difference } from "./difference.ts"
import { Finding } from "./expect.ts"

/** A check as its topic writes it: in words of its own, in a scope that ends with it. */
export type Body<R> = Effect.Effect<void, Finding | NotOffered | ConnectorError, R | Scope.Scope>

/** Makes the function that makes a topic's checks; `doc` is where the topic is documented. */
export const makeTopic =
  <R>(topic: string, doc: string) =>
  (name: string, contract: string, body: Body<R>): Check<R> => ({
    topic,
    name,
    contract,
    doc,
    run: Effect.scoped(body).pipe(
      limited,
      Effect.catchCause((cause) => Effect.fail(toProblem({ topic, name, contract, doc }, cause))),
    ) as Check<R>["run"],
  })

const maxSeconds = 45

const limited = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | Finding, R> =>
  Effect.timeoutOrElse(effect, {
    duration: `${maxSeconds} seconds`,
    orElse: () => Effect.fail(new Finding({ what: `It did not end within ${maxSeconds} seconds.` })),
  })

type Described = Pick<Check<never>, "topic" | "name" | "contract" | "doc">

const toProblem = (
  check: Described,
  cause: Cause.Cause<Finding | NotOffered | ConnectorError>,
): ContractBroken | NotOffered => {
  const error = Cause.squash(cause)
  if (error instanceof NotOffered) return error
  if (error instanceof Finding) {
    const { what, expected, actual } = error
    if (expected === undefined && actual === undefined) return new ContractBroken({ message: describe(check, what) })
    const message = describe(check, `${what}\n${difference(expected, actual)}`)
    return new ContractBroken({ message, expected, actual })
  }
  return new ContractBroken({ message: describe(check, unexpected(error)), cause: error })
}

const unexpected = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error)
  const isTyped = error instanceof Error && "_tag" in error && error._tag === "ConnectorError" && "code" in error
  return isTyped
    ? `It failed, where it should not, with ${String(error.code)}: ${text}`
    : `It threw, which a connector never may (or the harness did): ${text}`
}

const describe = ({ topic, name, contract, doc }: Described, what: string): string =>
  `${topic}: ${name}\n\n${what}\n\nThe contract: ${contract}\nSee ${doc}`
