import { useCallback, useEffect, useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { Checks } from "./Checks.tsx"
import { Message } from "./Text.tsx"
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
