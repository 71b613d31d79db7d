import { pageFor } from "../../../src/index.ts"
import type { FleetSummary, Status, Table } from "../../../ui/types.ts"
import { config, history, problem } from "./made.ts"
import { serve } from "./serve.ts"

export const adminToken = "the-admin-token"
export const clientToken = "the-client-token"

/** An instance whose answers are made, and the requests that have come to it. */
export interface MadeInstance {
  readonly url: string
  readonly requests: ReadonlyArray<{ readonly method: string; readonly path: string; readonly body: string }>
  /** The replicas that it has from now on. */
  readonly setFleet: (next: FleetSummary) => void
  /** What it answers from now on; undefined is no answer. */
  readonly set: (next: Status | undefined) => void
  readonly stop: () => Promise<void>
}

const json = (code: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  Response.json(body, { status: code, headers })

/** Serves the page as a Worker does, over an API that is made. */
export const startMade = async (first: Status): Promise<MadeInstance> => {
  let status: Status | undefined = first
  let fleet: FleetSummary | undefined
  const requests: Array<MadeInstance["requests"][number]> = []
  const { url, stop } = await serve(async (request) => {
    const page = pageFor(request)
    if (page !== undefined) return page
    const { pathname, searchParams, search } = new URL(request.url)
    requests.push({ method: request.method, path: pathname + search, body: await request.text() })
    const token = request.headers.get("authorization")
    if (token === null) return json(401, { error: "Unauthorized request" })
    if (token === `Bearer ${clientToken}` && !pathname.startsWith("/query"))
      return json(403, { error: "For the admin." })
    if (token !== `Bearer ${adminToken}` && token !== `Bearer ${clientToken}`)
      return json(400, { error: "Unauthorized request" })
    if (status === undefined) return json(502, {})
    if (request.method === "POST") return posted(pathname, status)
    switch (pathname) {
      case "/replicate/status":
        return json(200, { result: { ...status, at: new Date().toISOString() } }, { etag: 'W/"made"' })
      case "/replicate/config":
        return json(200, { result: config(status.tables) })
      case "/replicate/history":
        return json(200, { result: history(searchParams.get("table") ?? "") })
      case "/replicate/rejects":
        return json(200, { result: { rejects: rejects(searchParams.get("table") ?? "") } })
      case "/replicate/differences":
        return json(200, { result: { differences: differences(searchParams.get("table") ?? "") } })
      case "/replicate/replicas": {
        const name = searchParams.get("replica")
        const one = [...(fleet?.worst ?? []), ...(fleet?.errors ?? [])].find(({ replica }) => replica === name)
        if (name === null && fleet !== undefined) return json(200, { result: fleet })
        return one === undefined
          ? json(404, { error: `There is no replica ${JSON.stringify(name)}.` })
          : json(200, { result: one })
      }
      case "/replicate/check":
        return json(207, { result: { tables: checks(status.tables) }, error: "1 of 22 tables would fail" })
      default:
        return json(404, { error: "Not found" })
    }
  })
  return { url, requests, set: (next) => (status = next), setFleet: (next) => (fleet = next), stop }
}

const posted = (path: string, { tables }: Status): Response => {
  if (path === "/query/raw") {
    const columns = ["id", "name<b>", "price", "note"]
    const rows = [
      [1, "<img src=x onerror=document.title='pwned'>", 12.5, null],
      [2, "=1+1", 9007199254740994, "two\nlines"],
      [3, 'a,b "c" \u202Egnp', 3, ""],
    ]
    return json(200, { result: { columns, rows, meta: { rows_read: 3, rows_written: 0 } } })
  }
  const [, , name = "", operation = "run"] = path.split("/").map(decodeURIComponent)
  const found = tables.find(({ table }) => table === name)
  if (name !== "" && found === undefined) return json(404, { error: `No table "${name}".` })
  const done = { pause: "paused", resume: "resumed", reset: "reset", confirm: "confirmed" } as const
  if (operation in done) return json(200, { result: { [done[operation as keyof typeof done]]: name } })
  const ran = {
    table: name,
    read: 10,
    written: 3,
    unchanged: 7,
    deleted: 1,
    rejected: 0,
    pages: 1,
    more: false,
    durationMs: 12,
  }
  return json(200, { result: { tables: name === "" ? [] : [ran] } })
}

const rejects = (name: string) =>
  ["7", "<b>8</b>", "9\u202E"].map((key) => ({
    table: name,
    key: [key],
    column: "payload",
    reason: "the row is 2100000 bytes, more than a table here can hold",
    at: new Date().toISOString(),
  }))

const differences = (name: string) => [
  { table: name, key: ["17"], kind: "differs" },
  { table: name, key: ["18", "de"], kind: "missing" },
]

const checks = (tables: ReadonlyArray<Table>) =>
  tables.slice(0, 6).map(({ table, source, sourceTable }, place) => ({
    table,
    source,
    ...(place === 0
      ? { error: problem("forbidden", `permission denied for table ${table}`, { hint: "Grant SELECT." }) }
      : {
          sourceTable,
          kind: "table",
          key: ["id"],
          cursor: "updated_at",
          changes: { by: "cursor and snapshot", why: "its rows tell which transaction wrote them" },
          columns: [
            { name: "id", type: "integer", sourceType: "bigint" },
            { name: "updated_at", type: "timestamptz", sourceType: "timestamp with time zone" },
          ],
          notices:
            place === 2
              ? ["The cursor has no index that begins with it, so that each pull looks through the whole table."]
              : [],
          ddl: 'CREATE TABLE IF NOT EXISTS "x" ("id" INTEGER NOT NULL, "updated_at" TEXT, PRIMARY KEY ("id")) WITHOUT ROWID',
        }),
  }))
