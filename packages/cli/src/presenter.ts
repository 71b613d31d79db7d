import * as Console from "effect/Console"
import * as CliOutput from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import { clean } from "./print/clean.ts"
import { note } from "./print/out.ts"

/** Shows help and version as the library does; of a wrong invocation only what is wrong, and on stderr. */
export const presenter: CliOutput.Presenter = {
  present: (event) => {
    if (event._tag === "Version") return Console.log(event.version)
    if (event._tag === "Help") return CliOutput.defaultPresenter.present(event)
    const messages = event.errors.map(({ message }) => clean(message.replaceAll(/\s*\n\s*/g, " ").trim()))
    return Effect.asVoid(
      note(...messages.map((message) => `Error: ${message}`), `Try: ${event.commandPath.join(" ")} --help`),
    )
  },
}
