import { useEffect, useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { OneReplica } from "./OneReplica.tsx"
import { ReplicaLine, seconds } from "./ReplicaLine.tsx"
import { count, counted, moment } from "./text.ts"
import type { FleetSummary, ShownReplica } from "./types.ts"

interface FleetProps {
  readonly ask: Ask
  /** Another value has it ask again. */
  readonly heardAt: number | undefined
}

/** The replicas of this hub, where the instance keeps any: how many, how far behind, and what is wrong with which. */
export const Fleet = ({ ask, heardAt }: FleetProps) => {
  const [fleet, setFleet] = useState<FleetSummary | undefined>(undefined)
  useEffect(() => {
    void ask<FleetSummary>("/replicate/replicas").then((answer) => {
      if (answer.kind === "ok") setFleet(answer.result)
    })
  }, [ask, heardAt])
  if (fleet === undefined) return null
  return (
    <section aria-labelledby="fleet">
      <h2 id="fleet">Replicas of this hub</h2>
      <div class="figures">
        <Figure what="Replicas" value={count(fleet.count)} more={loaded(fleet)} />
        <Figure
          what="Behind the hub, the most"
          value={seconds(fleet.lagSeconds.max)}
          more={`half of them ${seconds(fleet.lagSeconds.p50)}, 99 of 100 ${seconds(fleet.lagSeconds.p99)} at most`}
        />
        <Figure what="Failing" value={count(fleet.failing)} more={`${counted(fleet.hints.sent, "hint")} sent`} />
        {fleet.sweep !== null && (
          <Figure
            what="Being worked on"
            value={count(fleet.sweep.left)}
            more={`of ${count(fleet.sweep.total)}, since ${moment(fleet.sweep.startedAt)}`}
          />
        )}
      </div>
      <List what="Behind the most" all={fleet.worst} />
      <List what="Failed last" all={fleet.errors} />
      <OneReplica ask={ask} />
    </section>
  )
}

const loaded = ({ count: all, deleted, seeded }: FleetSummary): string =>
  `${seeded === all ? "all" : count(seeded)} loaded whole${deleted === 0 ? "" : `, ${count(deleted)} deleted`}`

const Figure = ({ what, value, more }: { readonly what: string; readonly value: string; readonly more: string }) => (
  <div class="panel key">
    <p class="muted">{what}</p>
    <p class="figure">
      <b>{value}</b>
    </p>
    <p class="muted sub">{more}</p>
  </div>
)

const List = ({ what, all }: { readonly what: string; readonly all: ReadonlyArray<ShownReplica> }) =>
  all.length === 0 ? null : (
    <>
      <h3>{what}</h3>
      <ul class="panel lines" aria-label={what}>
        {all.map((one) => (
          <li key={one.replica}>
            <ReplicaLine replica={one} />
          </li>
        ))}
      </ul>
    </>
  )
