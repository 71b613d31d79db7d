import type { ComponentChildren } from "preact"
import { lagOf, nextWords, type Standing } from "./standing.ts"
import { Ago, Foreign } from "./Text.tsx"
import { count, counted, span, visible } from "./text.ts"
import type { Config, Table } from "./types.ts"

interface FactsProps {
  readonly standing: Standing
  readonly now: number
  readonly config: Config | undefined
}

/** What is known of a table, in pairs of a name and what it is. */
export const Facts = ({ standing, now, config }: FactsProps) => {
  const { table } = standing
  const lag = lagOf(table, now)
  const entry = config?.tables.find(({ into, source }) => into === table.table && source === table.source)
  const facts: ReadonlyArray<readonly [name: string, value: ComponentChildren]> = [
    ["Rows", count(table.rows)],
    ["Lag", lag === undefined ? "not complete yet" : span(lag)],
    ["Next run", nextWords(standing, now)],
    ["Schedule", entry === undefined ? "–" : scheduleOf(entry)],
    ["Source looked at", <Ago at={table.lookedAt} now={now} />],
    ["Last success", <Ago at={table.lastSuccessAt} now={now} />],
    ["Deletions looked for", deletesOf(entry, table, now)],
    ["Compared by value", verifiedOf(table, now)],
    ["Mode", table.mode ?? "left the config"],
    ...(entry?.cursor === undefined ? [] : [["Cursor", <Foreign text={entry.cursor} mono />] as const]),
    ...(entry?.key === undefined ? [] : [["Key", <Foreign text={entry.key.join(", ")} mono />] as const]),
    ["Set aside", counted(table.rejects, "row")],
  ]
  return (
    <section aria-label="Facts">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {table.changes !== null && (
        <p class="muted">
          Changes are found by <b>{table.changes.by}</b>: <bdi>{visible(table.changes.why)}</bdi>
        </p>
      )}
      {table.heldBack !== null && (
        <p class="muted">
          A transaction is open at the source (<code>{visible(table.heldBack.transaction)}</code>, seen{" "}
          <Ago at={table.heldBack.since} now={now} />
          ): what was written since it began is read again at each pull.
        </p>
      )}
      {table.drift !== null && (
        <p>
          Columns changed{table.drift.at !== null && " "}
          {table.drift.at !== null && <Ago at={table.drift.at} now={now} />}:{" "}
          <bdi>{visible(table.drift.changes.join(", "))}</bdi>
          {isFrozen(entry) && ". The replica is frozen and goes on without; rebuild it to take them."}
        </p>
      )}
    </section>
  )
}

type Entry = Config["tables"][number]

const isFrozen = (entry: Entry | undefined): boolean => entry?.drift === "freeze"

const scheduleOf = ({ schedule }: Entry): string =>
  "cron" in schedule ? schedule.cron : `every ${span(schedule.everyMs)}`

const deletesOf = (entry: Entry | undefined, { reconciledAt }: Table, now: number): ComponentChildren => {
  if (entry?.deletes.kind === "ignore") return "not at all"
  if (entry?.deletes.kind === "soft") return "marked by a column"
  return <Ago at={reconciledAt} now={now} />
}

const verifiedOf = ({ verifying, verifiedAt, differences }: Table, now: number): ComponentChildren => {
  if (verifying) return "under way"
  if (differences > 0) return `${counted(differences, "row")} differ`
  return (
    <>
      {verifiedAt !== null && "equal "}
      <Ago at={verifiedAt} now={now} />
    </>
  )
}
