import type { LoggedTable } from "../source/Log.ts"
import { hasMaskedKey } from "./MaskedKey.ts"
import type { Plan } from "./Plan.ts"

/** Why a source's log does not serve a table, as the second half of a sentence about the table; undefined where it does. */
export const unserved = (plan: Plan, logged: LoggedTable | undefined): string | undefined => {
  if (plan.table.kind === "view") return "is a view"
  if (plan.whole !== undefined) return "has no key, so that nothing says which of its rows was changed"
  const isNullable = plan.table.columns.some(({ name, nullable }) => nullable && plan.key.includes(name))
  if (isNullable) return "has a key that may be NULL"
  if (plan.mode === "full") return "is built anew at each run"
  if (plan.adopt) return "takes over a table of your own"
  if (plan.where.length > 0) return "is filtered by the config"
  if (hasMaskedKey(plan)) return "has a key that is masked"
  if (logged === undefined) return "is not in the publication"
  if (logged.why !== undefined) return logged.why
  if (logged.identity === undefined) return "has no replica identity"
  const outside = plan.key.filter((name) => logged.identity?.includes(name) !== true)
  if (outside.length > 0) return `has a key (${plan.key.join(", ")}) that is no part of its replica identity`
  if (logged.isFiltered)
    return "has rows that the publication leaves out, or children that it has as tables of their own"
  const missing = plan.columns.filter(({ name }) => !logged.columns.includes(name))
  if (missing.length > 0) {
    return `has columns that the log does not tell (${missing.map(({ name }) => name).join(", ")}): generated ones, or left out by the publication`
  }
  const unlike = plan.columns.filter(({ name }) => logged.unlike.includes(name))
  if (unlike.length > 0)
    return `has columns of a type that the log prints otherwise (${unlike.map(({ name }) => name).join(", ")})`
  return undefined
}
