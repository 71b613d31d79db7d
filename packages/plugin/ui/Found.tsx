import { useEffect, useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { Ago, Foreign } from "./Text.tsx"
import { count } from "./text.ts"
import type { Differences, Rejects } from "../src/internal/routes/answers/history.ts"
import type { Table } from "./types.ts"

type Reject = (typeof Rejects.Type)["rejects"][number]
type Difference = (typeof Differences.Type)["differences"][number]

interface FoundProps {
  readonly table: Table
  readonly ask: Ask
  readonly now: number
}

const shown = 100

/** Rows that were set aside, with why, and rows that differ; asked for only where there are some. */
export const Found = ({ table, ask, now }: FoundProps) => {
  const { table: name, rejects, differences } = table
  const aside = useList<{ readonly rejects: ReadonlyArray<Reject> }>(ask, "rejects", name, rejects)?.rejects
  const different = useList<{ readonly differences: ReadonlyArray<Difference> }>(
    ask,
    "differences",
    name,
    differences,
  )?.differences
  return (
    <>
      {aside !== undefined && aside.length > 0 && (
        <section aria-labelledby="aside">
          <h3 id="aside">Set aside</h3>
          <div class="scroll" tabIndex={0} role="group" aria-label="List of rows set aside">
            <table class="plain-table">
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">Column</th>
                  <th scope="col">Reason</th>
                  <th scope="col">When</th>
                </tr>
              </thead>
              <tbody>
                {aside.map(({ key, column, reason, at }) => (
                  <tr key={JSON.stringify(key)}>
                    <th scope="row">
                      <Key of={key} />
                    </th>
                    <td>{column === null ? "–" : <Foreign text={column} mono />}</td>
                    <td>
                      <Foreign text={reason} />
                    </td>
                    <td>
                      <Ago at={at} now={now} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {rejects > aside.length && <p class="muted">and {count(rejects - aside.length)} more</p>}
        </section>
      )}
      {different !== undefined && different.length > 0 && (
        <section aria-labelledby="different">
          <h3 id="different">Differ from the source</h3>
          <ul class="keys scroll" tabIndex={0} aria-labelledby="different">
            {different.map(({ key, kind }) => (
              <li key={JSON.stringify(key)}>
                <Key of={key} /> <span class="muted">{kindWords[kind]}</span>
              </li>
            ))}
          </ul>
          {differences > different.length && <p class="muted">and {count(differences - different.length)} more</p>}
        </section>
      )}
    </>
  )
}

const kindWords: Readonly<Record<Difference["kind"], string>> = {
  missing: "missing here",
  differs: "other values",
  extra: "not at the source",
}

const Key = ({ of }: { readonly of: ReadonlyArray<string | null> }) => (
  <Foreign mono text={of.map((part) => part ?? "NULL").join(", ")} />
)

const useList = <A,>(ask: Ask, route: string, table: string, some: number): A | undefined => {
  const [list, setList] = useState<A | undefined>(undefined)
  useEffect(() => {
    if (some === 0) return setList(undefined)
    const ending = new AbortController()
    void ask<A>(`/replicate/${route}?table=${encodeURIComponent(table)}&limit=${shown}`, {
      signal: ending.signal,
    }).then((answer) => {
      if (answer.kind === "ok" && !ending.signal.aborted) setList(answer.result)
    })
    return () => ending.abort()
  }, [ask, route, table, some])
  return list
}
