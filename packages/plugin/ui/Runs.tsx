import { useEffect, useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { Chart } from "./Chart.tsx"
import type { Samples } from "./samples.ts"
import { Ago, Message } from "./Text.tsx"
import { about, count, counted, duration, span } from "./text.ts"
import type { History, Run, Table } from "./types.ts"

interface RunsProps {
  readonly table: Table
  readonly ask: Ask
  readonly now: number
  readonly samples: Samples
}

const charted = 60
const listed = 12

const done: Readonly<Record<History["events"][number]["event"], string>> = {
  pause: "paused",
  resume: "resumed",
  confirm: "deletions allowed",
  reset: "reset",
  refresh: "rebuilt",
  verify: "verified",
  repair: "verified and repaired",
}

const tookOf = ({ startedAt, endedAt }: Run): number => Math.max(0, Date.parse(endedAt) - Date.parse(startedAt))

/** The last runs that changed or failed, and what operators did, as pictures and as a list. */
export const Runs = ({ table, ask, now, samples }: RunsProps) => {
  const history = useHistory(ask, table)
  const seen = samples.of(table.table)
  if (history === undefined) return <p class="muted late">Loading…</p>
  const runs = history.runs.slice(0, charted).toReversed()
  const latest = runs.at(-1)
  const lags = seen.flatMap(({ lag }) => (lag === undefined ? [] : [{ value: lag }]))
  const changed = runs.map((run) => ({ value: run.written + run.deleted, isFailure: run.error !== undefined }))
  const took = runs.map((run) => ({ value: tookOf(run), isFailure: run.error !== undefined }))
  const lines = [
    ...history.runs.slice(0, listed).map((run) => ({ at: run.endedAt, run, event: undefined })),
    ...history.events.slice(0, listed).map((event) => ({ at: event.at, run: undefined, event })),
  ].toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))
  return (
    <section aria-labelledby="runs">
      <h3 id="runs">Runs that changed or failed</h3>
      {latest !== undefined && (
        <div class="charts">
          <Chart
            title="Rows changed"
            kind="bars"
            points={changed}
            latest={about(latest.written + latest.deleted)}
            words={`Rows changed by the last ${counted(runs.length, "run")}: ${count(latest.written + latest.deleted)} by the last one, at most ${count(Math.max(...changed.map(({ value }) => value)))}.`}
          />
          <Chart
            title="Duration"
            kind="bars"
            points={took}
            latest={duration(tookOf(latest))}
            words={`Duration of the last ${counted(runs.length, "run")}: ${duration(tookOf(latest))} of the last one, at most ${duration(Math.max(...took.map(({ value }) => value)))}.`}
          />
          <Chart
            title="Lag, seen here"
            kind="line"
            points={lags}
            latest={lags.length === 0 ? "–" : span(lags.at(-1)?.value ?? 0)}
            words={`Lag since this page was opened: at most ${span(Math.max(0, ...lags.map(({ value }) => value)))}.`}
          />
        </div>
      )}
      {lines.length === 0 ? (
        <p class="muted">None yet.</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label="List of runs">
          <table class="plain-table runs">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col" class="number">
                  Read
                </th>
                <th scope="col" class="number">
                  Written
                </th>
                <th scope="col" class="number">
                  Deleted
                </th>
                <th scope="col" class="number">
                  Took
                </th>
              </tr>
            </thead>
            <tbody>
              {lines.slice(0, listed).map(({ at, run, event }) =>
                run === undefined ? (
                  <tr key={`${at}${event.event}`} class="event">
                    <th scope="row">
                      <Ago at={at} now={now} />
                    </th>
                    <td colSpan={4}>{done[event.event]} by an operator</td>
                  </tr>
                ) : (
                  <RunLine key={at + run.startedAt} run={run} now={now} />
                ),
              )}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const RunLine = ({ run, now }: { readonly run: Run; readonly now: number }) => (
  <>
    <tr>
      <th scope="row">
        <Ago at={run.endedAt} now={now} />
      </th>
      <td class="number">{count(run.read)}</td>
      <td class="number">{count(run.written)}</td>
      <td class="number">{count(run.deleted)}</td>
      <td class="number">{duration(tookOf(run))}</td>
    </tr>
    {run.error !== undefined && (
      <tr class="failed">
        <td colSpan={5}>
          <code>{run.error.code}</code> <Message text={run.error.message} />
        </td>
      </tr>
    )}
  </>
)

/** Asked for where something was noted since: the history of one table, while it is looked at. */
const useHistory = (ask: Ask, { table, lastRunAt, paused, error, rows }: Table): History | undefined => {
  const [history, setHistory] = useState<History | undefined>(undefined)
  const code = error?.code
  useEffect(() => {
    const ending = new AbortController()
    void ask<History>(`/replicate/history?table=${encodeURIComponent(table)}&limit=${charted}`, {
      signal: ending.signal,
    }).then((answer) => {
      if (answer.kind === "ok" && !ending.signal.aborted) setHistory(answer.result)
    })
    return () => ending.abort()
  }, [ask, table, lastRunAt, paused, code, rows])
  return history
}
