import { Message } from "./Text.tsx"
import { bytes } from "./text.ts"
import type { Status } from "./types.ts"

const snippet = `"tables": [{ "source": "shop", "table": "public.orders" }]`

/** What concerns all tables: a config that is wrong, a database that is full, or nothing to replicate yet. */
export const Instance = ({ status }: { readonly status: Status }) => {
  const { config, tables, databaseBytes, limitBytes } = status
  const isFull =
    tables.some(({ error }) => error?.code === "storage-full") ||
    (databaseBytes !== null && databaseBytes >= limitBytes)
  return (
    <>
      {config !== "ok" && (
        <section class="band problem" role="alert">
          <div>
            <h2>The config is wrong</h2>
            <ul>
              {config.message.split("\n").map((line) => (
                <li key={line}>
                  <Message text={line} />
                </li>
              ))}
            </ul>
            <p>{config.hint}</p>
          </div>
        </section>
      )}
      {isFull && (
        <section class="band problem" role="alert">
          <div>
            <h2>The database is full</h2>
            <p>
              {databaseBytes === null ? "" : `${bytes(databaseBytes)} of ${bytes(limitBytes)}. `}Nothing is written
              until there is room: select fewer rows or columns, or reset a table that nobody needs.
            </p>
          </div>
        </section>
      )}
      {tables.length === 0 && config === "ok" && (
        <section class="panel empty">
          <h2>Nothing has been replicated yet</h2>
          <p>Name tables in the config; tables that a * stands for show once they have run.</p>
          <pre class="mono">{snippet}</pre>
          <p>
            <a href="#check">Check the sources</a>
          </p>
        </section>
      )}
    </>
  )
}
