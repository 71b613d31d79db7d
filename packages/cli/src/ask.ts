import * as Effect from "effect/Effect"
import * as Prompt from "effect/cli/Prompt"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Flag from "effect/cli/Flag"
import { Failed } from "./exit.ts"

/** Answers the question beforehand. */
export const yesFlag = Flag.Boolean("yes").pipe(
  Flag.withAlias("y"),
  Flag.withDescription("Do it without asking"),
  Flag.withDefault(false),
  Flag.withoutNegation,
)

/** Fails where nobody could answer a question: scripts must say `--yes`, not hang. */
export const mustBeThere = (what: string): Effect.Effect<void, Failed> =>
  Effect.flatMap(TerminalCapabilities, ({ canPrompt }) =>
    canPrompt
      ? Effect.void
      : Effect.fail(
          new Failed({ exit: "mustAsk", message: `${what} has to ask, and nobody is there.`, hint: "Add --yes." }),
        ),
  )

/** Asks for a yes, unless it was said beforehand. */
export const agreed = (yes: boolean, what: string, message: string) =>
  yes
    ? Effect.succeed(true)
    : Effect.andThen(mustBeThere(what), Prompt.run(Prompt.Confirm({ message, initial: false })))

/** Asks for a text, which must be `wanted`, unless a yes was said beforehand. */
export const agreedByName = (yes: boolean, what: string, message: string, wanted: string) =>
  yes
    ? Effect.succeed(true)
    : Effect.andThen(
        mustBeThere(what),
        Effect.map(Prompt.run(Prompt.String({ message })), (text) => text === wanted),
      )
