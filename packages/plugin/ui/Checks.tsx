import { Icon } from "./Icon.tsx"
import { Foreign, Message } from "./Text.tsx"
import { counted } from "./text.ts"
import type { Check as Checked } from "./types.ts"

const nameOf = ({ schema, name }: NonNullable<Checked["relations"]>[number]["references"]["table"]): string =>
  schema === undefined ? name : `${schema}.${name}`

/** What one table would meet. */
export const Checks = ({ table }: { readonly table: Checked }) => {
  const {
    error,
    notices = [],
    unmasked = [],
    columns,
    ddl,
    key,
    cursor,
    changes,
    indexes,
    kind,
    relations = [],
  } = table
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
          {key !== undefined && key.length > 0 && (
            <>
              Key <Foreign mono text={key.join(", ")} />.{" "}
            </>
          )}
          {key !== undefined && key.length === 0 && <>No key. </>}
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
      {indexes !== undefined && indexes.made.length > 0 && (
        <p class="muted">
          Indexes on <Foreign mono text={indexes.made.join("; ")} />
        </p>
      )}
      {relations.length > 0 && (
        <p class="muted">
          Refers to{" "}
          <Foreign
            mono
            text={relations
              .map(
                ({ columns: own, references: { table: other, columns: theirs } }) =>
                  `${nameOf(other)} (${theirs.join(", ")}) by ${own.join(", ")}`,
              )
              .join("; ")}
          />
        </p>
      )}
      {notices.length + unmasked.length > 0 && (
        <ul class="notices-list">
          {unmasked.length > 0 && (
            <li>
              Not masked, and may hold personal data: <Foreign mono text={unmasked.join(", ")} />
            </li>
          )}
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
                  <td>
                    {column.into !== undefined && (
                      <>
                        <Foreign mono text={column.into} />{" "}
                      </>
                    )}
                    {column.type}
                    {column.mask !== undefined && <span class="muted">, masked: {column.mask}</span>}
                  </td>
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
