import { State } from "./Icon.tsx"
import { lagOf, nextWords, type Standing, time } from "./standing.ts"
import { Foreign } from "./Text.tsx"
import { count, span, visible } from "./text.ts"
import { linkTo } from "./useFragment.ts"

const dayMillis = 86_400_000

/** One table as a line; on a narrow screen as two. */
export const Row = ({ standing, now }: { readonly standing: Standing; readonly now: number }) => {
  const { table, kind, word, done } = standing
  const { rows, rejects, differences, drift, changes, source } = table
  const lag = lagOf(table, now)
  const next = nextWords(standing, now)
  const isPaused = kind === "paused"
  const driftedAt = time(drift?.at ?? null)
  const isNew = drift !== null && (driftedAt === undefined || now - driftedAt < dayMillis)
  return (
    <tr role="row" class={kind}>
      <th scope="row" role="rowheader" class="by-table">
        <a href={linkTo(table.table)} class="name" title={visible(table.table)}>
          <Foreign text={table.table} />
        </a>
        <span class="muted source">
          <Foreign text={source} />
        </span>
        {rejects > 0 && <span class="tag paused">{count(rejects)} set aside</span>}
        {differences > 0 && <span class="tag needs">{count(differences)} differ</span>}
        {isNew && <span class="tag">columns changed</span>}
      </th>
      <td role="cell" class="by-state-cell">
        <State kind={kind} word={word} />
        {done !== undefined && <span class="muted"> {Math.floor(done * 100)}%</span>}
      </td>
      <td role="cell" class="by-rows number">
        {count(rows)}
      </td>
      <td role="cell" class={`by-lag number ${isPaused ? "muted" : ""} ${lag === undefined ? "none" : ""}`}>
        {lag === undefined ? "–" : span(lag)}
      </td>
      <td role="cell" class="by-found muted">
        {changes === null ? "–" : <span title={changes.why}>{changes.by}</span>}
      </td>
      <td role="cell" class={`by-next ${next === "–" ? "none" : ""}`}>
        {next}
      </td>
    </tr>
  )
}
