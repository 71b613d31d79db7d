import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import { exitCodes, Failed } from "./exit.ts"
import { presenter } from "./presenter.ts"
import { clean, cleanLines } from "./print/clean.ts"
import { note } from "./print/out.ts"
import { root } from "./root.ts"
import { version } from "./version.ts"

const platform = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeStdio.layer,
  NodeTerminal.layer,
  Layer.provide(NodeChildProcessSpawner.layer, Layer.merge(NodeFileSystem.layer, NodePath.layer)),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }),
  CliOutput.layerPresenter(presenter),
)

/** Runs the command line of this process, and ends it with the status that came of it. */
export const run = (): void => {
  // Who closed the pipe has what they wanted.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
  const main = Command.run(root, { version }).pipe(Effect.tapCause(report), Effect.provide(platform))
  NodeRuntime.runMain(main, {
    disableErrorReporting: true,
    // Not by process.exit, which would cut off what a slow reader has not taken yet.
    teardown: (exit) => {
      process.exitCode = statusOf(exit)
    },
  })
}

/** What went wrong, in words on stderr. */
const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (error instanceof Failed) {
    const { hint, message, suggestion } = error
    if (message === "") return Effect.void
    return note(
      `Error: ${message}`,
      ...(hint === undefined ? [] : [cleanLines(hint)]),
      ...(suggestion === undefined ? [] : [`Try: ${clean(suggestion)}`]),
    )
  }
  if (CliError.isCliError(error)) return Effect.void
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return note(`A defect of this program, please report it: ${cleanLines(words)}`)
}

const statusOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (exit._tag === "Success") return exitCodes.ok
  if (Cause.hasInterruptsOnly(exit.cause)) return exitCodes.interrupted
  const error = Cause.squash(exit.cause)
  const isKnown = error instanceof Failed || CliError.isCliError(error)
  return isKnown ? Runtime.getErrorExitCode(error) : exitCodes.defect
}
