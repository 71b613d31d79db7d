import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks"
import { asker } from "./api.ts"
import { Check } from "./Check.tsx"
import { Detail } from "./Detail.tsx"
import { Fleet } from "./Fleet.tsx"
import { Header, type View, views } from "./Header.tsx"
import { Instance } from "./Instance.tsx"
import { Loads } from "./Loads.tsx"
import { Needs } from "./Needs.tsx"
import { Overview } from "./Overview.tsx"
import { Query } from "./Query.tsx"
import { sampler } from "./samples.ts"
import { Sources } from "./Sources.tsx"
import { type Kind, standings } from "./standing.ts"
import { Told } from "./Told.tsx"
import { TableList } from "./TableList.tsx"
import { count, short, span } from "./text.ts"
import type { Config } from "./types.ts"
import { useActions } from "./useActions.ts"
import { changesOf, usePoll, useTick } from "./usePoll.ts"
import { useFragment } from "./useFragment.ts"

interface BoardProps {
  readonly token: string
  readonly onRefused: () => void
  readonly onSignOut: () => void
}

/** What the admin sees: how all of it does, a query box, and what a check finds. */
export const Board = ({ token, onRefused, onSignOut }: BoardProps) => {
  const ask = useMemo(() => asker(token), [token])
  const poll = usePoll(ask, onRefused)
  const actions = useActions(ask, poll.refresh, onRefused)
  const [fragment, go] = useFragment()
  const [only, setOnly] = useState<Kind | undefined>(undefined)
  const [config, setConfig] = useState<Config | undefined>(undefined)
  const { status } = poll
  useTick(status !== undefined && status.tables.length > 100 ? 5000 : 1000)
  const now = poll.now()
  const all = useMemo(() => (status === undefined ? [] : standings(status, now)), [status, Math.floor(now / 1000)])

  const configured = status?.config === "ok"
  useEffect(() => {
    if (!configured) return
    void ask<Config>("/replicate/config").then((answer) => {
      if (answer.kind === "ok") setConfig(answer.result)
    })
  }, [ask, configured])

  const samples = useRef(sampler())
  useEffect(() => {
    if (status !== undefined) samples.current.add(status, poll.now())
  }, [status, poll.heardAt])

  const said = useRef<ReadonlyMap<string, string>>(new Map())
  const [spoken, speak] = useState("")
  useEffect(() => {
    const standing = new Map(all.map(({ table, word }) => [table.table, word]))
    const change = changesOf(said.current, standing, (table, word) => `${short(table)}: ${word.toLowerCase()}`)
    said.current = standing
    if (change !== undefined) speak(change)
  }, [all])

  const waiting = all.filter(({ kind }) => kind === "needs").length
  const failing = all.filter(({ kind }) => kind === "failing").length
  useEffect(() => {
    const mark = waiting > 0 ? `${waiting} waiting · ` : failing > 0 ? `${failing} failing · ` : ""
    document.title = `${mark}Replication ${location.host}`
  }, [waiting, failing])

  const view: View = views.find((one) => one === fragment.view) ?? "tables"
  const open = fragment.table === undefined ? undefined : all.find(({ table }) => table.table === fragment.table)
  const onClose = useCallback(() => go({ view: "tables", table: undefined }), [go])
  const isStale = poll.failure !== undefined

  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}
      >
        Skip to the content
      </a>
      <Header view={view} poll={poll} onSignOut={onSignOut} />
      <main class={`page ${isStale ? "stale" : ""}`} id="main" tabIndex={-1}>
        {poll.failure !== undefined && (
          <div class="band problem" role="alert">
            <span>
              {poll.failure}{" "}
              {poll.heardAt !== undefined && `What you see is ${span(performance.now() - poll.heardAt)} old.`}
            </span>
            <button type="button" onClick={() => void poll.refresh()}>
              Try now
            </button>
          </div>
        )}
        {status === undefined && poll.failure === undefined && <p class="muted late">Loading…</p>}
        {view === "query" && (
          <Query ask={ask} onRefused={onRefused} tables={all.map(({ table }) => table.table)} isAdmin />
        )}
        {view === "check" && <Check ask={ask} onRefused={onRefused} />}
        {view === "tables" && status !== undefined && (
          <>
            <Instance status={status} />
            <Overview status={status} all={all} now={now} only={only} onOnly={setOnly} />
            <Needs all={all} sources={status.sources} now={now} actions={actions} />
            <Loads all={all} now={now} samples={samples.current} />
            <TableList all={all} now={now} only={only} onOnly={setOnly} actions={actions} />
            {status.hub !== null && <Fleet ask={ask} heardAt={poll.heardAt} />}
            <Sources status={status} config={config} now={now} />
          </>
        )}
      </main>
      {open !== undefined && status !== undefined && (
        <Detail
          key={open.table.table}
          standing={open}
          now={now}
          ask={ask}
          actions={actions}
          config={config}
          samples={samples.current}
          spoken={spoken}
          onClose={onClose}
        />
      )}
      {fragment.table !== undefined && open === undefined && status !== undefined && (
        <p class="sr" role="status">
          No table of that name among {count(all.length)}.
        </p>
      )}
      {open === undefined && <Told actions={actions} spoken={spoken} />}
    </>
  )
}
