import * as Command from "effect/cli/Command"
import { check } from "./commands/check.ts"
import { confirm, reset } from "./commands/confirm.ts"
import { history } from "./commands/history.ts"
import { init } from "./commands/init.ts"
import { pause, refresh, resume } from "./commands/operate.ts"
import { query } from "./commands/query.ts"
import { run } from "./commands/run.ts"
import { config, metrics, rejects } from "./commands/show.ts"
import { start } from "./commands/start.ts"
import { status } from "./commands/status.ts"
import { diff, verify } from "./commands/verify.ts"
import { watch } from "./commands/watch.ts"

/** The whole command. */
export const root = Command.make("starbase-replication").pipe(
  Command.withDescription(
    "Pulls tables of your Postgres, MySQL or Supabase into a Durable Object, and shows how it goes.",
  ),
  Command.withSubcommands([
    { group: "Begin", commands: [init, start] },
    { group: "Look", commands: [status, watch, check, history, query, rejects, config, metrics] },
    { group: "Act", commands: [run, refresh, verify, diff, pause, resume, confirm, reset] },
  ]),
)
