import * as Effect from "effect/Effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { Failed } from "../exit.ts"
import { cleanLines } from "../print/clean.ts"

export const start = Command.make(
  "start",
  {
    config: Argument.String("config").pipe(
      Argument.withDescription("The config; its secrets come from the environment"),
      Argument.withDefault("replication.json"),
    ),
    port: Flag.String("port").pipe(
      Flag.withMetavar("<port>"),
      Flag.withDescription("Where to listen, on 127.0.0.1"),
      Flag.withDefault("8787"),
    ),
    data: Flag.String("data").pipe(
      Flag.withMetavar("<folder>"),
      Flag.withDescription("The folder that keeps the replica"),
      Flag.withDefault("data"),
    ),
  },
  (options) =>
    Effect.gen(function* () {
      yield* canServe
      const { serve } = yield* Effect.tryPromise({ try: () => import("../start/serve.ts"), catch: notInstalled })
      // From here on signals are its own: the first ends it at the next page, which is no failure.
      for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal)
      const problem = yield* Effect.promise(() => serve(options))
      if (problem !== undefined) return yield* new Failed({ exit: "usage", message: cleanLines(problem, "") })
    }),
).pipe(
  Command.withDescription(
    "Serve the replica on this machine, and keep it up to date from the sources in the config. ADMIN_AUTHORIZATION_TOKEN and CLIENT_AUTHORIZATION_TOKEN set its tokens; else they are made up.",
  ),
  Command.withShortDescription("Serve a replica on this machine"),
  Command.withExamples([{ command: "SHOP_URL=postgres://… starbase-replication start replication.json" }]),
)

/** The runtime that it starts asks for more than the rest of the command. */
const canServe: Effect.Effect<void, Failed> = Effect.suspend(() => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return Effect.void
  const message = `start needs Node 22.13 or later, and this is ${process.versions.node}. All else runs on Node 20.`
  return Effect.fail(new Failed({ exit: "usage", message }))
})

const notInstalled = (error: unknown): Failed => {
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error
  return new Failed({
    exit: "usage",
    message: "start needs Cloudflare's runtime, which is not installed.",
    hint: "It comes with the command, unless optional dependencies are left out: install again without --omit=optional.",
  })
}
