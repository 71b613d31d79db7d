import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Terminal from "effect/Terminal"
import * as Argument from "effect/cli/Argument"
import { type Answer, type Api, openApi } from "./api/Api.ts"
import type { InstanceOptions } from "./api/target.ts"
import { type Failed, trouble } from "./exit.ts"
import { printJson } from "./print/out.ts"

/** What a command may need of its surroundings. */
export type Needs = FileSystem.FileSystem | Path.Path | Terminal.Terminal

/** Names of replica tables, one at least. */
export const tablesArgument = Argument.String("table").pipe(
  Argument.withDescription("The replica table, by its name here"),
  Argument.variadic({ min: 1 }),
)

/** The name of one replica table, or none. */
export const maybeTable = Argument.String("table").pipe(
  Argument.withDescription("The replica table, by its name here; all without it"),
  Argument.optional,
)

/** Asks an instance and shows the answer: as it is with `--json`, else by `show`. */
export const answering = <R>(
  options: InstanceOptions,
  ask: (api: Api) => Effect.Effect<Answer, Failed, R>,
  show: (answer: Answer) => Effect.Effect<void, Failed, R>,
) =>
  Effect.gen(function* () {
    const api = yield* openApi(options)
    const answer = yield* ask(api)
    if (!options.json) return yield* show(answer)
    yield* printJson(answer.result)
    if (isPartly(answer)) return yield* trouble
  })

/** Whether something in an answer failed, or another run was in the way. */
export const isPartly = ({ status }: Answer): boolean => status === 207 || status >= 400
