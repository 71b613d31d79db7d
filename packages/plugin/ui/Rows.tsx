import { count, counted, visible } from "./text.ts"

interface RowsProps {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
}

/** The rows of a query. */
export const Rows = ({ columns, rows }: RowsProps) => {
  const isInexact = rows.some((row) =>
    row.some(
      (value) => typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER && Number.isInteger(value),
    ),
  )
  return (
    <>
      {isInexact && (
        <p class="muted">
          Integers beyond 2<sup>53</sup> come rounded: <code>CAST(id AS TEXT)</code> is exact.
        </p>
      )}
      <div class="panel scroll wide" tabIndex={0} role="group" aria-label="Result">
        <table class="plain-table result">
          <caption class="sr">{counted(rows.length, "row")}</caption>
          <thead>
            <tr>
              {columns.map((column, place) => (
                <th key={place} scope="col" class={isNumber(rows, place) ? "number" : undefined}>
                  <bdi>{visible(column)}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, place) => (
              <tr key={place}>
                {row.map((value, at) => (
                  <Value key={at} value={value} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p class="empty muted">No row.</p>}
      </div>
    </>
  )
}

/** Whether a column is one of numbers, as far as one can see. */
const isNumber = (rows: RowsProps["rows"], place: number): boolean =>
  typeof rows.find((row) => row[place] !== null)?.[place] === "number"

const longest = 400

/** A value as it is, with its lines, and with all else in it seen. */
const lines = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? "" : visible(line)))
    .join("\n")

const Value = ({ value }: { readonly value: unknown }) => {
  if (value === null || value === undefined) return <td class="null muted">NULL</td>
  if (typeof value === "number") return <td class="number">{String(value)}</td>
  const text = typeof value === "string" ? value : JSON.stringify(value)
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return (
    <td title={text.length > longest ? `${count(text.length)} characters` : undefined}>
      <bdi>{lines(shown)}</bdi>
    </td>
  )
}
