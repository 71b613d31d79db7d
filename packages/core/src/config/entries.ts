import { toMillis } from "../source/Settings.ts"
import type { Filter } from "../table/Filter.ts"
import { parseTableName } from "../table/Table.ts"
import type { Budget } from "./Budget.ts"
import type { ReplicationDocument, TableEntry, Where } from "./Document.ts"
import { isPattern } from "./patterns.ts"
import { parseCron, type Schedule } from "./Schedule.ts"
import type { Deletes, TableConfig, WildcardConfig } from "./TableConfig.ts"

const defaultEvery = 60_000
const defaultTime = 20_000

type Entry = typeof TableEntry.Type

const common = (
  entry: Entry,
  path: string,
  defaults: ScheduleEntry,
  problems: Array<string>,
): Omit<TableConfig, "table" | "into" | "isListed"> => {
  if (entry.overlap !== undefined && entry.cursor === undefined) {
    problems.push(`${path}.overlap: only goes with a cursor`)
  }
  if (entry.mode === "full" && entry.cursor !== undefined) {
    problems.push(`${path}.cursor: does not go with mode "full", which reads all rows each time`)
  }
  // What the config has in another form or not at all.
  const { table: _table, into: _into, except: _except, every: _every, cron: _cron, timeZone: _zone, ...said } = entry
  return {
    ...said,
    path,
    where: entry.where.map(toFilter),
    deletes: toDeletes(entry.deletes),
    verify: entry.verify === undefined ? undefined : toMillis(entry.verify),
    schedule: toSchedule(entry, path, defaults, problems),
  }
}

/** The config of an entry that names one table. */
export const single = (
  entry: Entry,
  path: string,
  defaults: ScheduleEntry,
  problems: Array<string>,
): ReadonlyArray<TableConfig> => {
  if (entry.except !== undefined) problems.push(`${path}.except: only goes with a table such as "public.*"`)
  const table = parseTableName(entry.table)
  const rest = common(entry, path, defaults, problems)
  if (table === undefined) {
    problems.push(
      `${path}.table: must be a name, or a schema and a name; put parts with dots or quotes in double quotes`,
    )
    return []
  }
  return [{ ...rest, table, into: entry.into ?? table.name, isListed: false }]
}

/** The config of an entry that stands for all tables of a schema. */
export const wildcard = (
  entry: Entry,
  path: string,
  defaults: ScheduleEntry,
  problems: Array<string>,
): WildcardConfig => {
  for (const field of ["into", "rename", "key", "as"] as const) {
    if (entry[field] !== undefined) problems.push(`${path}.${field}: does not go with a table such as "${entry.table}"`)
  }
  entry.columns?.forEach((column, index) => {
    if (isPattern(column)) return
    problems.push(`${path}.columns[${index}]: only patterns such as "*" or "-blob_*" go with "${entry.table}"`)
  })
  const except = (entry.except ?? []).flatMap((text, index) => {
    const name = parseTableName(text)
    if (name === undefined) problems.push(`${path}.except[${index}]: must be a name, or a schema and a name`)
    return name ?? []
  })
  const schema = entry.table === "*" ? undefined : parseTableName(entry.table)?.schema
  if (schema === undefined && entry.table !== "*") problems.push(`${path}.table: must be * or a schema and .*`)
  return { ...common(entry, path, defaults, problems), schema, except }
}

type ScheduleEntry = Pick<Entry, "every" | "cron" | "timeZone">

/** An entry's own schedule, or the document's default, or every minute. */
const toSchedule = (entry: Entry, path: string, defaults: ScheduleEntry, problems: Array<string>): Schedule => {
  const isOwn = entry.every !== undefined || entry.cron !== undefined
  const { every, cron } = isOwn ? entry : defaults
  const at = isOwn ? path : "defaults"
  const timeZone = entry.timeZone ?? defaults.timeZone
  if (every !== undefined && cron !== undefined) problems.push(`${at}.cron: does not go with every`)
  if (entry.timeZone !== undefined && cron === undefined) problems.push(`${path}.timeZone: only goes with cron`)
  if (cron !== undefined) {
    const parsed = parseCron(cron, timeZone)
    if ("schedule" in parsed) return parsed.schedule
    problems.push(`${at}.cron: ${parsed.problem}`)
  }
  const millis = every === undefined ? defaultEvery : toMillis(every)
  if (millis < 1000) problems.push(`${at}.every: must be at least 1 second`)
  return { kind: "every", millis }
}

/** A document's budget, defaults filled in. */
export const toBudget = (budget: (typeof ReplicationDocument.Type)["budget"]): Budget => ({
  millis: budget?.time === undefined ? defaultTime : toMillis(budget.time),
  rows: budget?.rows ?? Number.POSITIVE_INFINITY,
  bytes: budget?.bytes ?? Number.POSITIVE_INFINITY,
  queries: budget?.queries ?? Number.POSITIVE_INFINITY,
})

const toDeletes = (deletes: Entry["deletes"]): Deletes => {
  if (deletes === "ignore") return { kind: "ignore" }
  return "softDelete" in deletes
    ? { kind: "soft", column: deletes.softDelete }
    : { kind: "reconcile", every: toMillis(deletes.reconcile) }
}

const toFilter = (condition: typeof Where.Type): Filter => {
  if (!("value" in condition)) return condition
  if (condition.op === "in") return { column: condition.column, op: condition.op, values: condition.value.map(toText) }
  return { column: condition.column, op: condition.op, value: toText(condition.value) }
}

const toText = (value: string | number | boolean): string =>
  typeof value === "boolean" ? (value ? "1" : "0") : String(value)
