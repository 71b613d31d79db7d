import { useCallback, useEffect, useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { Icon } from "./Icon.tsx"
import { Foreign, Message } from "./Text.tsx"
import { counted } from "./text.ts"
import type { Check as Checked } from "./types.ts"

interface CheckProps {
  readonly ask: Ask
  readonly onRefused: () => void
}

type Report = { readonly tables: ReadonlyArray<Checked> } | { readonly problem: string } | undefined

/** What each table would meet, as a report. It asks every source, so it is done on demand. */
export const Check = ({ ask, onRefused }: CheckProps) => {
  const [report, setReport] = useState<Report>(undefined)
  const [isBusy, setBusy] = useState(false)
  const check = useCallback(async () => {
    setBusy(true)
    const answer = await ask<{ readonly tables: ReadonlyArray<Checked> }>("/replicate/check")
    setBusy(false)
    if (answer.kind === "refused") return onRefused()
    setReport(
      answer.kind === "ok"
        ? answer.result
        : { problem: answer.kind === "failed" ? answer.message : "Nothing was answered." },
    )
  }, [ask, onRefused])
  useEffect(() => void check(), [check])

  const tables = report !== undefined && "tables" in report ? report.tables : []
  const failed = tables.filter(({ error }) => error !== undefined && error.code !== "refused").length
  const sorted = tables.toSorted((one, other) => Number(one.error === undefined) - Number(other.error === undefined))
  return (
    <section aria-labelledby="check">
      <div class="bar">
        <h2 id="check">Check</h2>
        <span class="muted" role="status">
          {isBusy
            ? "Asking each source…"
            : report === undefined
              ? ""
              : failed === 0
                ? `${counted(tables.length, "table")}, all can be replicated as configured.`
                : `${failed} of ${counted(tables.length, "table")} cannot be replicated as configured.`}
        </span>
        <span class="spring" />
        <button type="button" onClick={() => void check()} aria-disabled={isBusy}>
          Check again
        </button>
      </div>
      <p class="muted intro">
        It connects to each source, holds each table against the config, reads one row, and changes nothing.
      </p>
      {report !== undefined && "problem" in report && (
        <p class="band problem" role="alert">
          <Message text={report.problem} />
        </p>
      )}
      <ul class="checks">
        {sorted.map((table) => (
          <Checks key={`${table.source} ${table.table}`} table={table} />
        ))}
      </ul>
    </section>
  )
}

const Checks = ({ table }: { readonly table: Checked }) => {
  const { error, notices = [], columns, ddl, key, cursor, changes, kind } = table
  const isLeft = error?.code === "refused"
  const state = error === undefined ? "fresh" : isLeft ? "left" : "needs"
  return (
    <li class="panel">
      <h3>
        <span class={`state ${state}`}>
          <Icon name={error === undefined ? "ok" : state} />
          <span class="sr">{error === undefined ? "Fine" : isLeft ? "Left out" : "Cannot be replicated"}: </span>
        </span>
        <Foreign text={table.table} />
        <span class="muted">
          {" "}
          {kind === "view" ? "view, " : ""}
          <Foreign text={table.source} />
          {table.sourceTable !== undefined && (
            <>
              {" · "}
              <Foreign text={table.sourceTable} />
            </>
          )}
        </span>
      </h3>
      {error !== undefined && (
        <p>
          <Message text={error.message} /> <span class="muted">{error.hint}</span>
        </p>
      )}
      {(key !== undefined || changes !== undefined) && (
        <p class="muted">
          {key !== undefined && (
            <>
              Key <Foreign mono text={key.join(", ")} />.{" "}
            </>
          )}
          {cursor !== undefined && (
            <>
              Cursor <Foreign mono text={cursor} />.{" "}
            </>
          )}
          {changes !== undefined && (
            <>
              Changes by <b>{changes.by}</b>: <Foreign text={changes.why} />
            </>
          )}
        </p>
      )}
      {notices.length > 0 && (
        <ul class="notices-list">
          {notices.map((notice) => (
            <li key={notice}>
              <Foreign text={notice} />
            </li>
          ))}
        </ul>
      )}
      {columns !== undefined && (
        <details>
          <summary>{counted(columns.length, "column")}</summary>
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">At the source</th>
                <th scope="col">Here</th>
              </tr>
            </thead>
            <tbody>
              {columns.map((column) => (
                <tr key={column.name}>
                  <th scope="row">
                    <Foreign mono text={column.name} />
                  </th>
                  <td>
                    <Foreign mono text={column.sourceType} />
                  </td>
                  <td>{column.type}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {ddl !== undefined && (
            <pre class="mono" tabIndex={0} aria-label="The statement that would make the replica">
              <Foreign text={ddl} />
            </pre>
          )}
        </details>
      )}
    </li>
  )
}
