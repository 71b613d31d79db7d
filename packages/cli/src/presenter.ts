import * as Console from "effect/Console"
import * as CliOutput from "effect/cli/CliOutput"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import { clean } from "./print/clean.ts"
import { note } from "./print/out.ts"

/** Shows help and version on stdout; of a wrong invocation only what is wrong, and on stderr. */
export const presenter: CliOutput.Presenter = {
  present: (event) => {
    if (event._tag === "Version") return Console.log(event.version)
    if (event._tag === "Help") {
      return Effect.flatMap(TerminalCapabilities, ({ canColor }) => {
        const formatter = CliOutput.defaultFormatter({ colors: canColor, globalFlags: "summary" })
        return Console.log(formatter.formatHelpDoc(event.helpDoc))
      })
    }
    const messages = event.errors.map(({ message }) => clean(message.replaceAll(/\s*\n\s*/g, " ").trim()))
    return Effect.asVoid(
      note(...messages.map((message) => `Error: ${message}`), `Try: ${event.commandPath.join(" ")} --help`),
    )
  },
}
