import { useEffect, useRef, useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { Rows } from "./Rows.tsx"
import { bounded, isRead, quoted } from "./sql.ts"
import { count, counted, csv, duration, short } from "./text.ts"

interface QueryProps {
  readonly ask: Ask
  readonly onRefused: () => void
  /** Tables to begin with. */
  readonly tables: ReadonlyArray<string>
  /** Whether the instance would let the token change something. */
  readonly isAdmin?: boolean
}

interface Raw {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
}

interface Done extends Raw {
  readonly took: number
  readonly isCut: boolean
}

/** How many rows are shown, and written as CSV. */
const most = 1000

/** A query on the replica. It reads and does nothing else, whatever the token may do. */
export const Query = ({ ask, onRefused, tables, isAdmin = false }: QueryProps) => {
  const [done, setDone] = useState<Done | undefined>(undefined)
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const [isBusy, setBusy] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const ending = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => ending.current?.abort(), [])

  const run = async () => {
    const sql = field.current?.value ?? ""
    if (sql.trim() === "" || isBusy) return
    if (!isRead(sql)) {
      setDone(undefined)
      setProblem("Only a query that reads: one SELECT, WITH or VALUES.")
      return field.current?.focus()
    }
    setBusy(true)
    setProblem(undefined)
    ending.current = new AbortController()
    const began = performance.now()
    const answer = await ask<Raw>("/query/raw", {
      method: "POST",
      body: { sql: bounded(sql, most + 1), params: [] },
      signal: ending.current.signal,
    })
    setBusy(false)
    if (answer.kind === "refused") return onRefused()
    if (answer.kind !== "ok") {
      setDone(undefined)
      return setProblem(answer.kind === "failed" ? answer.message : "Nothing was answered.")
    }
    const { columns, rows } = answer.result
    setDone({ columns, rows: rows.slice(0, most), isCut: rows.length > most, took: performance.now() - began })
  }

  const write = (sql: string) => {
    if (field.current !== null) field.current.value = sql
    void run()
  }

  return (
    <section aria-labelledby="query">
      <h2 id="query">Query the replica</h2>
      <form
        class="query panel"
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <label class="sr" for="sql">
          SQL
        </label>
        <textarea
          id="sql"
          ref={field}
          class="mono"
          rows={5}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          placeholder="SELECT …"
          aria-invalid={problem !== undefined}
          aria-describedby="sql-note"
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
              event.preventDefault()
              void run()
            }
          }}
        />
        <div class="bar">
          <button type="submit" class="primary" aria-disabled={isBusy}>
            {isBusy ? "Asking…" : "Run"}
          </button>
          <span class="muted small" id="sql-note">
            Ctrl+Enter. It only reads{isAdmin ? ", also with the admin token" : ""}, {count(most)} rows at most.
          </span>
          <span class="spring" />
          {tables.length > 0 && (
            <label>
              <span class="sr">Begin with a table</span>
              <select
                value=""
                onChange={({ currentTarget }) => {
                  const name = currentTarget.value
                  currentTarget.value = ""
                  if (name !== "") write(`SELECT * FROM ${quoted(tables[Number(name)] ?? "")} LIMIT 100`)
                }}
              >
                <option value="">A table…</option>
                {tables.map((table, place) => (
                  <option key={table} value={String(place)}>
                    {short(table)}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        {problem !== undefined && (
          <p class="problem" role="alert">
            <bdi>{problem}</bdi>
          </p>
        )}
      </form>
      {done !== undefined && (
        <>
          <div class="bar">
            <span role="status">
              {done.isCut ? `The first ${counted(most, "row")}` : counted(done.rows.length, "row")} in{" "}
              {duration(done.took)}
            </span>
            <span class="spring" />
            <button type="button" onClick={() => save(csv(done.columns, done.rows))}>
              Save as CSV
            </button>
          </div>
          <Rows columns={done.columns} rows={done.rows} />
        </>
      )}
    </section>
  )
}

/** Hands a text to the browser as a file; it goes nowhere else. */
const save = (text: string): void => {
  const url = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }))
  const link = document.createElement("a")
  link.href = url
  link.download = "query.csv"
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
