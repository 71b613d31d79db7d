import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import { yesFlag } from "../ask.ts"
import { Failed } from "../exit.ts"
import { findDatabase, sourceTypes } from "../init/database.ts"
import { configFiles } from "../init/files/config.ts"
import { starbasedbFiles } from "../init/files/starbasedb.ts"
import { workerFiles } from "../init/files/worker.ts"
import { documentOf, type ProposedTable } from "../init/Proposal.ts"
import { proposalLines } from "../init/show.ts"
import { reader, writeFiles } from "../init/write.ts"
import { clean, cleanLines, cleanName } from "../print/clean.ts"
import { print, printJson } from "../print/out.ts"
import { styleOf } from "../print/style.ts"

const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

export const init = Command.make(
  "init",
  {
    folder: Argument.String("folder").pipe(
      Argument.withDescription("Where to write; this folder without it"),
      Argument.withDefault("."),
    ),
    secret: Flag.String("secret").pipe(
      Flag.withMetavar("<name>"),
      Flag.withDescription("The environment variable with the database's URL; DATABASE_URL without it"),
      Flag.withDefault("DATABASE_URL"),
    ),
    source: Flag.String("source").pipe(
      Flag.withMetavar("<name>"),
      Flag.withDescription("What to call the database in the config; main without it"),
      Flag.withDefault("main"),
    ),
    schemas: Flag.String("schema").pipe(
      Flag.withMetavar("<name>"),
      Flag.withDescription("A schema to look at, may be repeated; the default one without it"),
      Flag.atLeast(0),
    ),
    type: Flag.Literals("type", sourceTypes).pipe(Flag.withDescription("Where the URL does not tell"), Flag.optional),
    address: Flag.String("address").pipe(
      Flag.withMetavar("<url>"),
      Flag.withDescription("Of a source that is asked over HTTP; the variable then holds its key or token"),
      Flag.optional,
    ),
    indexes: flag("indexes", "Have the source's indexes come along; each is billed as one more row written"),
    worker: flag("worker", "Write a Worker of your own, ready to deploy"),
    starbasedb: flag("starbasedb", "Write the plugin's lines into a checkout of StarbaseDB"),
    dryRun: flag("dry-run", "Show what would be written, and write nothing"),
    json: flag("json", "Print the proposal as one line of JSON, and write nothing"),
    yes: yesFlag,
  },
  (options) =>
    Effect.gen(function* () {
      if (options.worker && options.starbasedb) {
        return yield* new Failed({ exit: "usage", message: "--worker and --starbasedb do not go together." })
      }
      const database = yield* findDatabase({
        name: options.source,
        secret: options.secret,
        type: Option.getOrUndefined(options.type),
        address: Option.getOrUndefined(options.address),
      })
      const { inspect } = yield* Effect.promise(() => import("../init/inspect.ts"))
      const proposal = yield* inspect(database, options.schemas, options.indexes).pipe(
        Effect.mapError((error) => {
          const { code, hint, message } = error.describe()
          return new Failed({ exit: "trouble", message: `${code}: ${cleanLines(message)}`, hint: clean(hint) })
        }),
      )
      if (options.json) return yield* printJson({ document: documentOf(database, proposal.tables), ...proposal })
      const style = yield* styleOf
      yield* print(...proposalLines(proposal, style))
      if (proposal.tables.length === 0) {
        return yield* new Failed({ exit: "trouble", message: "There is no table that could be replicated as it is." })
      }
      const isAsking = !options.yes && !options.dryRun && (yield* TerminalCapabilities).canPrompt
      const tables = isAsking ? yield* chosen(proposal.tables) : proposal.tables
      if (tables.length === 0) return yield* print("No table was chosen. Nothing was written.")
      const document = documentOf(database, tables)
      const folder = resolve(options.folder)
      const read = reader(folder)
      const { files, next } = yield* Effect.promise(() => {
        if (options.starbasedb) return starbasedbFiles(read, database, document)
        return options.worker ? workerFiles(read, database, document, template) : configFiles(read, database, document)
      })
      const isWritten = yield* writeFiles(folder, files, { yes: options.yes, isDry: options.dryRun, style })
      if (isWritten) yield* print("", "Next:", ...next.map((line) => `  ${line}`))
    }),
).pipe(
  Command.withDescription(
    "Look at a database, propose its tables with what would be used for each, and write the config. It only reads there. What would be written is shown, and nothing is overwritten without asking.",
  ),
  Command.withShortDescription("Write a config for a database"),
  Command.withExamples([
    { command: "DATABASE_URL=postgres://… starbase-replication init" },
    { command: "starbase-replication init --secret SHOP_URL --worker shop-replica" },
    { command: "starbase-replication init --secret SHOP_URL --starbasedb ../starbasedb" },
    { command: "starbase-replication init --secret SUPABASE_KEY --address https://abc.supabase.co" },
  ]),
)

/** The template of a Worker, beside the bundle. */
const template = fileURLToPath(new URL("template/worker", import.meta.url))

/** Asks which tables to take; all of them are until some are taken away. */
const chosen = (tables: ReadonlyArray<ProposedTable>) =>
  Prompt.run(
    Prompt.MultiSelect({
      message: "Which tables? Space takes one away or back, Enter goes on",
      choices: tables.map((value) => ({ title: cleanName(value.entry.table), value, selected: true })),
      maxPerPage: 15,
    }),
  )
