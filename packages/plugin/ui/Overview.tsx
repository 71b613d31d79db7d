import { Icon } from "./Icon.tsx"
import { type Kind, kinds, lagOf, type Standing, words } from "./standing.ts"
import { about, bytes, count, counted, short, span } from "./text.ts"
import type { Status } from "./types.ts"

interface OverviewProps {
  readonly status: Status
  readonly all: ReadonlyArray<Standing>
  readonly now: number
  readonly only: Kind | undefined
  readonly onOnly: (kind: Kind | undefined) => void
}

/** The whole at a glance: tables by state, the greatest lag, room and cost. */
export const Overview = ({ status, all, now, only, onOnly }: OverviewProps) => {
  const found = kinds.flatMap((kind) => {
    const some = all.filter((one) => one.kind === kind).length
    return some === 0 ? [] : [{ kind, some }]
  })
  if (all.length === 0) return null
  return (
    <section class="overview" aria-label="At a glance">
      <div class="panel by-state">
        <p class="figure">
          <b>{count(all.length)}</b> {all.length === 1 ? "table" : "tables"}
        </p>
        <div class="shares" aria-hidden="true">
          {found.map(({ kind, some }) => (
            <i key={kind} class={kind} style={{ flexGrow: some }} />
          ))}
        </div>
        <ul class="chips" aria-label="Show only tables of one state">
          {found.map(({ kind, some }) => (
            <li key={kind}>
              <button
                type="button"
                class={`chip state ${kind}`}
                aria-pressed={only === kind}
                onClick={() => onOnly(only === kind ? undefined : kind)}
              >
                <Icon name={kind} />
                <b>{count(some)}</b> <span class="label">{words[kind]}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <Lag all={all} now={now} />
      <Room status={status} />
      <Cost status={status} />
    </section>
  )
}

const Lag = ({ all, now }: { readonly all: ReadonlyArray<Standing>; readonly now: number }) => {
  const worst = all
    .filter(({ kind }) => kind !== "paused")
    .map((one) => ({ table: one.table.table, lag: lagOf(one.table, now) ?? -1 }))
    .reduce((most, one) => (one.lag > most.lag ? one : most), { table: "", lag: -1 })
  return (
    <div class="panel key">
      <p class="muted">Greatest lag</p>
      <p class="figure">
        <b>{worst.lag < 0 ? "–" : span(worst.lag)}</b>
      </p>
      <p class="muted sub">{worst.lag < 0 ? "nothing is complete yet" : <bdi>{short(worst.table, 28)}</bdi>}</p>
    </div>
  )
}

const Room = ({ status: { databaseBytes, limitBytes } }: { readonly status: Status }) => {
  const share = databaseBytes === null ? 0 : Math.min(1, databaseBytes / limitBytes)
  const percent = share * 100
  return (
    <div class="panel key">
      <p class="muted">Storage</p>
      <p class="figure">
        <b>{databaseBytes === null ? "–" : bytes(databaseBytes)}</b> <span class="muted">of {bytes(limitBytes)}</span>
      </p>
      <div
        class={`meter ${share > 0.9 ? "needs" : share > 0.75 ? "paused" : ""}`}
        role="meter"
        aria-label="Storage used"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percent)}
      >
        <i style={{ width: `${Math.max(percent, share > 0 ? 1 : 0)}%` }} />
      </div>
    </div>
  )
}

const Cost = ({ status: { billed } }: { readonly status: Status }) => (
  <div class="panel key">
    <p class="muted">Billed today</p>
    <p class="figure" title={counted(billed.rowsWritten, "row")}>
      <b>{about(billed.rowsWritten)}</b> <span class="muted">rows written</span>
    </p>
    <p
      class="muted sub"
      title={`${counted(billed.rowsRead, "row")}; at least, and of replication alone, since midnight UTC`}
    >
      {about(billed.rowsRead)} read
    </p>
  </div>
)
