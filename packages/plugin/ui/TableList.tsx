import { useEffect, useRef, useState } from "preact/hooks"
import { type Order, ordered, type Sort, sorts } from "./order.ts"
import { Row } from "./Row.tsx"
import { type Kind, type Standing, words } from "./standing.ts"
import { count, counted } from "./text.ts"
import type { Actions } from "./useActions.ts"

interface TableListProps {
  readonly all: ReadonlyArray<Standing>
  readonly now: number
  readonly only: Kind | undefined
  readonly onOnly: (kind: Kind | undefined) => void
  readonly actions: Actions
}

const heads: Readonly<Record<Sort, string>> = {
  table: "Table",
  state: "State",
  rows: "Rows",
  lag: "Lag",
  next: "Next run",
}

/** All tables, found by name or state. Rows stay where they are while somebody points at one or has the focus in one. */
export const TableList = ({ all, now, only, onOnly, actions }: TableListProps) => {
  const [find, setFind] = useState("")
  const [order, setOrder] = useState<Order>({ by: "state", isDown: false })
  const field = useRef<HTMLInputElement>(null)
  const body = useRef<HTMLTableSectionElement>(null)
  const places = useRef<ReadonlyMap<string, number>>(new Map())
  useSlash(field)

  const wanted = find.trim().toLowerCase()
  const found = all.filter(
    ({ table, kind }) =>
      (only === undefined || kind === only) &&
      (wanted === "" ||
        [table.table, table.source, table.sourceTable].some((name) => name.toLowerCase().includes(wanted))),
  )
  const isHeld = body.current?.matches(":hover, :focus-within") ?? false
  const rows = ordered(found, order, now, isHeld ? places.current : undefined)
  places.current = new Map(rows.map(({ table }, place) => [table.table, place]))

  const sortBy = (by: Sort) => {
    places.current = new Map()
    setOrder((before) => ({ by, isDown: before.by === by ? !before.isDown : false }))
  }
  if (all.length === 0) return null
  return (
    <section aria-labelledby="tables">
      <div class="bar">
        <h2 id="tables">Tables</h2>
        <input
          ref={field}
          type="search"
          aria-label="Find a table"
          placeholder="Find a table ( / )"
          value={find}
          spellcheck={false}
          onInput={(event) => setFind(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && setFind("")}
        />
        <label class="sort-by">
          <span class="sr">Sort by</span>
          <select value={order.by} onChange={(event) => sortBy(event.currentTarget.value as Sort)}>
            {sorts.map((by) => (
              <option key={by} value={by}>
                By {heads[by].toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <span class="muted" role="status">
          {found.length === all.length ? "" : `${count(found.length)} of ${count(all.length)}`}
        </span>
        {only !== undefined && (
          <button type="button" class="plain" onClick={() => onOnly(undefined)}>
            {words[only]} only: show all
          </button>
        )}
        <span class="spring" />
        <button type="button" onClick={() => void actions.runDue()} aria-disabled={actions.isRunningDue}>
          {actions.isRunningDue ? "Pulling…" : "Pull what is due"}
        </button>
      </div>
      <div class="panel">
        <table class="tables" role="table">
          <caption class="sr">{counted(found.length, "table")} with state, rows, lag and next run</caption>
          <thead role="rowgroup">
            <tr role="row">
              {(["table", "state", "rows", "lag"] as const).map((by) => (
                <Head key={by} by={by} order={order} onSort={sortBy} />
              ))}
              <th scope="col" role="columnheader" class="by-found">
                Changes by
              </th>
              <Head by="next" order={order} onSort={sortBy} />
            </tr>
          </thead>
          <tbody ref={body} role="rowgroup">
            {rows.map((standing) => (
              <Row key={standing.table.table} standing={standing} now={now} />
            ))}
          </tbody>
        </table>
        {found.length === 0 && <p class="empty muted">No table of that kind.</p>}
      </div>
    </section>
  )
}

interface HeadProps {
  readonly by: Sort
  readonly order: Order
  readonly onSort: (by: Sort) => void
}

const Head = ({ by, order, onSort }: HeadProps) => {
  const isBy = order.by === by
  return (
    <th
      scope="col"
      role="columnheader"
      class={`by-${by}`}
      aria-sort={isBy ? (order.isDown ? "descending" : "ascending") : undefined}
    >
      <button type="button" class="head" onClick={() => onSort(by)}>
        {heads[by]}
        <span class={`arrow ${isBy ? (order.isDown ? "down" : "up") : ""}`} aria-hidden="true" />
      </button>
    </th>
  )
}

/** `/` finds, unless somebody is writing. */
const useSlash = (field: { readonly current: HTMLInputElement | null }) => {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target } = event
      const isWriting = target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
      if (event.key !== "/" || isWriting || event.ctrlKey || event.metaKey || event.altKey) return
      if (document.querySelector("dialog[open]") !== null) return
      event.preventDefault()
      field.current?.focus()
      field.current?.select()
    }
    document.addEventListener("keydown", pressed)
    return () => document.removeEventListener("keydown", pressed)
  }, [field])
}
