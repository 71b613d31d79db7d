import { useState } from "preact/hooks"
import { Act } from "./Act.tsx"
import { State } from "./Icon.tsx"
import { guardWords, type Standing, time } from "./standing.ts"
import { Foreign, Message } from "./Text.tsx"
import { counted, short, span } from "./text.ts"
import type { Source } from "./types.ts"
import type { Actions } from "./useActions.ts"
import { linkTo } from "./useFragment.ts"

interface NeedsProps {
  readonly all: ReadonlyArray<Standing>
  readonly sources: ReadonlyArray<Source>
  readonly now: number
  readonly actions: Actions
}

const shownAtFirst = 5

/** What is wrong, what needs somebody first, each with what to do about it; a source's failure once for all its tables. */
export const Needs = ({ all, sources, now, actions }: NeedsProps) => {
  const [isWhole, setWhole] = useState(false)
  const tables = all.filter(({ kind, isSourceDown }) => (kind === "needs" || kind === "failing") && !isSourceDown)
  const sorted = tables.toSorted((one, other) => Number(other.kind === "needs") - Number(one.kind === "needs"))
  const down = sources.filter(({ error }) => error !== null)
  const overdue = all.filter(({ kind }) => kind === "overdue")
  if (tables.length === 0 && down.length === 0 && overdue.length === 0) return null
  const shown = isWhole ? sorted : sorted.slice(0, shownAtFirst)
  return (
    <section aria-labelledby="needs">
      <h2 id="needs">{tables.some(({ kind }) => kind === "needs") ? "Needs you" : "Needs a look"}</h2>
      <ul class="needs panel">
        {shown.map((standing) => (
          <TableNeeds key={standing.table.table} standing={standing} now={now} actions={actions} />
        ))}
        {down.map((source) => (
          <SourceDown key={source.source} source={source} all={all} now={now} actions={actions} />
        ))}
        {overdue.length > 0 && (
          <li class="need overdue">
            <State kind="overdue" word={counted(overdue.length, "table")} />
            <p>
              {overdue.length === 1 ? "It was" : "They were"} due minutes ago and nobody has run{" "}
              {overdue.length === 1 ? "it" : "them"}. What wakes the replication, a Cron Trigger or an alarm, is not set
              or does not come.
            </p>
            <span class="do">
              <button type="button" onClick={() => void actions.runDue()} aria-disabled={actions.isRunningDue}>
                {actions.isRunningDue ? "Pulling…" : "Pull now"}
              </button>
            </span>
          </li>
        )}
        {sorted.length > shown.length && (
          <li class="more">
            <button type="button" class="plain" onClick={() => setWhole(true)}>
              Show {counted(sorted.length - shown.length, "more table", "more tables")}
            </button>
          </li>
        )}
      </ul>
    </section>
  )
}

const since = (at: string | null, now: number): string => {
  const when = time(at)
  return when === undefined ? "" : `for ${span(Math.max(1000, now - when))}`
}

const again = (at: string | null, now: number): string => {
  const when = time(at)
  return when === undefined ? "" : when - now < 1000 ? "tried again now" : `tried again in ${span(when - now)}`
}

interface NeedProps {
  readonly standing: Standing
  readonly now: number
  readonly actions: Actions
}

const TableNeeds = ({ standing, now, actions }: NeedProps) => {
  const { table, kind, word } = standing
  const { error, guard, nextRunAt, errorSince } = table
  return (
    <li class={`need ${kind}`}>
      <div class="who">
        <State kind={kind} word={word} />
        <a href={linkTo(table.table)} class="name">
          <Foreign text={table.table} />
        </a>
      </div>
      <div class="what">
        {guard === null ? (
          <p>
            <Message text={error?.message ?? ""} />
          </p>
        ) : (
          <p>{guardWords(guard)}</p>
        )}
        <p class="muted">
          {guard === null
            ? error !== null && <Message text={adviceOf(error)} />
            : "Is this the right source, and whole?"}
        </p>
        <p class="muted small">
          {[since(errorSince, now), kind === "failing" ? again(nextRunAt, now) : ""]
            .filter((one) => one !== "")
            .join(" · ")}
        </p>
      </div>
      <span class="do">
        <Remedy standing={standing} actions={actions} />
      </span>
    </li>
  )
}

/** The hint without the sentence that names a route: a button does what it says. */
export const adviceOf = ({ hint, action }: { readonly hint: string; readonly action: string | null }): string =>
  action === null
    ? hint
    : hint.replace(/\s*(?:Then )?POST \/replicate\/\S+ (?:allows it|builds it anew|lets the table go on)\.$/, "")

/** The one thing to do about a table's failure. */
const Remedy = ({ standing, actions }: { readonly standing: Standing; readonly actions: Actions }) => {
  const { table, kind } = standing
  const action = table.error?.action ?? null
  if (action === "confirm") {
    return (
      <a class="button" href={linkTo(table.table)} aria-label={`Look… at ${short(table.table)}`}>
        Look…
      </a>
    )
  }
  if (action === "resume" && kind === "needs")
    return <Act table={table.table} operation="resume" actions={actions} isNamed />
  if (action === "refresh") return <Act table={table.table} operation="refresh" actions={actions} isNamed />
  return <Act table={table.table} operation="run" actions={actions} label="Try now" isNamed />
}

interface SourceProps {
  readonly source: Source
  readonly all: ReadonlyArray<Standing>
  readonly now: number
  readonly actions: Actions
}

const SourceDown = ({ source, all, now, actions }: SourceProps) => {
  const { error, errorSince, retryAt } = source
  const tables = all.filter(({ table }) => table.source === source.source)
  const [first] = tables
  return (
    <li class="need failing">
      <div class="who">
        <State kind="failing" word="Source down" />
        <span class="name">
          <Foreign text={source.source} />
        </span>
      </div>
      <div class="what">
        <p>
          <Message text={error?.message ?? ""} />
        </p>
        <p class="muted">
          <Message text={error?.hint ?? ""} />
        </p>
        <p class="muted small">
          {[counted(tables.length, "table"), since(errorSince, now), again(retryAt, now)]
            .filter((one) => one !== "")
            .join(" · ")}
        </p>
      </div>
      <span class="do">
        {first !== undefined && (
          <Act table={first.table.table} operation="run" actions={actions} label="Try now" isNamed />
        )}
      </span>
    </li>
  )
}
