import { Icon } from "./Icon.tsx"
import { time } from "./standing.ts"
import { Foreign } from "./Text.tsx"
import { bytes, count, counted, span } from "./text.ts"
import type { Config, Source, Status } from "./types.ts"

interface SourcesProps {
  readonly status: Status
  readonly config: Config | undefined
  readonly now: number
}

/** The sources, and by which bounds the instance runs. */
export const Sources = ({ status, config, now }: SourcesProps) => (
  <div class="columns">
    <section aria-labelledby="sources">
      <h2 id="sources">Sources</h2>
      <ul class="panel lines">
        {status.sources.map((source) => (
          <li key={source.source}>
            <b>
              <Foreign text={source.source} />
            </b>{" "}
            <span class="muted">{source.type ?? "left the config"}</span>
            {source.log !== null && <span class="muted">{inWords(source.log)}</span>}
            <span class="spring" />
            <span class="muted">
              {counted(status.tables.filter((table) => table.source === source.source).length, "table")}
            </span>
            <SourceState source={source} now={now} />
          </li>
        ))}
        {status.sources.length === 0 && <li class="muted">None.</li>}
      </ul>
    </section>
    <section aria-labelledby="bounds">
      <h2 id="bounds">Bounds of a wake-up</h2>
      <dl class="panel lines">
        {boundsOf(config).map(([name, value]) => (
          <div key={name}>
            <dt class="muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt class="muted">Version</dt>
          <dd>{status.version}</dd>
        </div>
      </dl>
    </section>
  </div>
)

/** How a source's log does. */
const inWords = ({ heldBytes, torn }: NonNullable<Source["log"]>): string => {
  const held = heldBytes === null ? "by its log" : `by its log, which keeps ${bytes(heldBytes)} for us`
  return torn ? `${held}; in the midst of a large transaction` : held
}

const SourceState = ({ source: { circuit, retryAt }, now }: { readonly source: Source; readonly now: number }) => {
  if (circuit === "closed") {
    return (
      <span class="state fresh">
        <Icon name="fresh" /> answers
      </span>
    )
  }
  const at = time(retryAt)
  return (
    <span class="state failing">
      <Icon name="failing" />
      {at === undefined || at - now < 1000 ? "down, tried next" : `down, tried in ${span(at - now)}`}
    </span>
  )
}

const boundsOf = (config: Config | undefined): ReadonlyArray<readonly [string, string]> => {
  if (config === undefined) return []
  const { millis, rows, bytes: size, queries } = config.budget
  const or = (value: number | null, words: (value: number) => string) => (value === null ? "no bound" : words(value))
  return [
    ["Time", or(millis, span)],
    ["Rows", or(rows, count)],
    ["Bytes read", or(size, bytes)],
    ["Queries to sources", or(queries, count)],
  ]
}
