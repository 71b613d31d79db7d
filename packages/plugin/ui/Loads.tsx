import type { Samples } from "./samples.ts"
import type { Standing } from "./standing.ts"
import { Foreign } from "./Text.tsx"
import { about, count, duration, span } from "./text.ts"
import { linkTo } from "./useFragment.ts"

interface LoadsProps {
  readonly all: ReadonlyArray<Standing>
  readonly now: number
  readonly samples: Samples
}

const shown = 6

const isLoad = ({ kind, table: { rebuilding } }: Standing): boolean =>
  kind === "loading" || (kind === "running" && rebuilding)

/** Loads under way, each with how far it is. */
export const Loads = ({ all, now, samples }: LoadsProps) => {
  const loads = all.filter(isLoad)
  if (loads.length === 0) return null
  const running = loads.toSorted((one, other) => Number(other.table.running) - Number(one.table.running))
  return (
    <section aria-labelledby="loads">
      <h2 id="loads">Under way</h2>
      <ul class="loads panel">
        {running.slice(0, shown).map((one) => (
          <li key={one.table.table}>
            <a href={linkTo(one.table.table)} class="name">
              <Foreign text={one.table.table} />
            </a>
            <Progress standing={one} now={now} samples={samples} />
          </li>
        ))}
        {loads.length > shown && <li class="muted">and {count(loads.length - shown)} more below</li>}
      </ul>
    </section>
  )
}

/** A load's bar, where its end is known, its rows, its rate and the time that is left. */
export const Progress = ({
  standing,
  now,
  samples,
}: {
  readonly standing: Standing
  readonly now: number
  readonly samples: Samples
}) => {
  const { table, done, word } = standing
  const { rows, rebuilding, progress, estimatedRows, running } = table
  const loaded = rebuilding ? (progress?.read ?? 0) : rows
  const rate = running ? samples.rate(table.table) : undefined
  const left = rate === undefined || estimatedRows === null ? undefined : ((estimatedRows - loaded) / rate) * 1000
  const still = samples.still(table.table, now)
  const parts = [
    estimatedRows === null ? `${count(loaded)} rows so far` : `${count(loaded)} of about ${about(estimatedRows)} rows`,
    ...(rate === undefined ? [] : [`${about(Math.round(rate))} a second`]),
    ...(left === undefined || left < 0 ? [] : [`about ${duration(Math.max(1000, left))} left`]),
    ...(running && still > 15_000 ? [`no new rows for ${span(still)}`] : []),
    ...(running ? [] : ["goes on with the next run"]),
  ]
  return (
    <div class="progress">
      {done !== undefined && (
        <div
          class="meter move"
          role="progressbar"
          aria-label={word}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor(done * 100)}
        >
          <i style={{ width: `${done * 100}%` }} />
        </div>
      )}
      <span class="numbers">
        {done !== undefined && <b>{Math.floor(done * 100)}% </b>}
        {rebuilding && "Rebuilding; readers see the old one. "}
        {parts.join(" · ")}
      </span>
    </div>
  )
}
