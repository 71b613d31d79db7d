import * as Effect from "effect/Effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { type Api, decodeAs, openApi, tablePath } from "../api/Api.ts"
import { Status } from "../api/answers.ts"
import { instanceFlags } from "../api/target.ts"
import { agreed, agreedByName, yesFlag } from "../ask.ts"
import { Failed } from "../exit.ts"
import { cleanName } from "../print/clean.ts"
import { print, printJson } from "../print/out.ts"
import { count, counted } from "../print/words.ts"

const oneTable = Argument.String("table").pipe(Argument.withDescription("The replica table, by its name here"))

const statusOf = (api: Api, wanted: string) =>
  Effect.gen(function* () {
    const { tables } = yield* decodeAs(Status)((yield* api.ask("replicate/status")).result)
    const found = tables.find(({ table }) => table === wanted)
    if (found !== undefined) return found
    return yield* new Failed({ exit: "usage", message: `Nothing is known of a table ${cleanName(wanted)}.` })
  })

const nothingDone = print("Nothing was done.")

export const confirm = Command.make(
  "confirm",
  { table: oneTable, yes: yesFlag, ...instanceFlags },
  ({ table, yes, ...options }) =>
    Effect.gen(function* () {
      const api = yield* openApi(options)
      const { guard, rows } = yield* statusOf(api, table)
      if (guard === undefined || guard === null) {
        return yield* new Failed({ exit: "usage", message: `Nothing of ${cleanName(table)} waits to be confirmed.` })
      }
      const what = `At least ${count(guard.suspects)} of ${count(guard.rows || rows)} rows of ${cleanName(table)} would leave the replica.`
      if (!(yield* agreed(yes, "confirm", `${what} Allow it?`))) return yield* nothingDone
      const { result } = yield* api.ask(tablePath(table, "confirm"), { method: "POST", body: {} })
      yield* options.json ? printJson(result) : print(`${cleanName(table)}: deletions allowed; the next run makes them`)
    }),
).pipe(
  Command.withDescription("Allow the deletions that the guard has stopped, after it was shown how many there are."),
  Command.withShortDescription("Allow what the guard has stopped"),
)

export const reset = Command.make(
  "reset",
  { table: oneTable, yes: yesFlag, ...instanceFlags },
  ({ table, yes, ...options }) =>
    Effect.gen(function* () {
      const api = yield* openApi(options)
      const { rows } = yield* statusOf(api, table)
      const name = cleanName(table)
      const what = `${name} with its ${counted(rows, "row")} is dropped, and readers find no table until it is loaded again. Its name, to go on`
      if (!(yield* agreedByName(yes, "reset", what, table))) return yield* nothingDone
      const { result } = yield* api.ask(tablePath(table, "reset"), { method: "POST", body: {} })
      yield* options.json ? printJson(result) : print(`${name}: reset`)
    }),
).pipe(
  Command.withDescription("Drop a replica and all that is known of it. The next run begins anew."),
  Command.withShortDescription("Drop a replica and begin anew"),
)
