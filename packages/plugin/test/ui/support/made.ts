import type { Config, History, Source, Status, Table } from "../../../ui/types.ts"

/** Answers as an instance could give them. */

export const iso = (ago: number): string => new Date(Date.now() - ago).toISOString()

const seconds = 1000
const minutes = 60_000
const hours = 3_600_000

export const table = (name: string, more: Partial<Table> = {}): Table => ({
  table: name,
  source: "shop",
  sourceTable: `public.${name}`,
  mode: "incremental",
  state: "ok",
  lagSeconds: 2,
  syncedAt: iso(2 * seconds),
  rows: 191_004,
  rejects: 0,
  position: null,
  changes: { by: "cursor and snapshot", why: "its rows tell which transaction wrote them" },
  heldBack: null,
  running: false,
  progress: null,
  estimatedRows: null,
  paused: false,
  more: false,
  rebuilding: false,
  drift: null,
  guard: null,
  lastRunAt: iso(2 * seconds),
  lookedAt: iso(2 * seconds),
  lastSuccessAt: iso(2 * seconds),
  nextRunAt: iso(-28 * seconds),
  error: null,
  errorSince: null,
  failures: 0,
  reconciledAt: iso(20 * minutes),
  verifying: false,
  verifiedAt: iso(5 * hours),
  differences: 0,
  ...more,
})

export const source = (name: string, more: Partial<Source> = {}): Source => ({
  source: name,
  type: "postgres",
  circuit: "closed",
  failures: 0,
  retryAt: null,
  error: null,
  errorSince: null,
  log: null,
  ...more,
})

export const problem = (
  code: NonNullable<Table["error"]>["code"],
  message: string,
  more: Partial<NonNullable<Table["error"]>> = {},
) => ({ code, message, hint: "See the message for what to change.", retryable: false, action: null, ...more }) as const

export const status = (tables: ReadonlyArray<Table>, more: Partial<Status> = {}): Status => ({
  tables,
  sources: [source("shop")],
  hub: null,
  databaseBytes: 2_100_000_000,
  limitBytes: 10_000_000_000,
  billed: { day: iso(0).slice(0, 10), rowsRead: 31_000_000, rowsWritten: 184_220 },
  at: iso(0),
  version: "0.1.0",
  config: "ok",
  ...more,
})

/** One table of each state that there is. */
export const oneOfEach = (): ReadonlyArray<Table> => [
  table("orders", {
    state: "waiting",
    rows: 48_210,
    syncedAt: iso(hours),
    error: problem("delete-guard", "At least 48198 of 48210 rows are gone at the source.", { action: "confirm" }),
    errorSince: iso(hours),
    guard: { by: "reconcile", rows: 48_210, suspects: 48_198, confirmed: false },
    failures: 7,
  }),
  table("audit_log", {
    state: "failing",
    nextRunAt: null,
    rows: 9_120_332,
    syncedAt: iso(3 * hours),
    error: problem("forbidden", "permission denied for table audit_log", {
      action: "resume",
      hint: "Grant USAGE on the schema and SELECT on the table to the replication user. Then POST /replicate/audit_log/resume lets the table go on.",
    }),
    errorSince: iso(3 * hours),
    failures: 1,
  }),
  table("invoices", {
    state: "failing",
    nextRunAt: iso(-40 * seconds),
    syncedAt: iso(4 * minutes),
    error: problem("timeout", "The source took longer than 30 s.", {
      retryable: true,
      hint: "Add an index on the cursor and key columns, lower batchSize, or raise the timeout.",
    }),
    errorSince: iso(4 * minutes),
    failures: 3,
  }),
  table("events", {
    state: "running",
    running: true,
    rows: 3_400_000,
    syncedAt: null,
    lagSeconds: null,
    estimatedRows: 12_000_000,
    progress: {
      startedAt: iso(80 * seconds),
      phase: "pull",
      read: 3_400_000,
      pages: 700,
      written: 3_400_000,
      deleted: 0,
    },
  }),
  table("page_views", { state: "loading", rows: 812_400, syncedAt: null, lagSeconds: null, more: true }),
  table("prices", {
    state: "running",
    running: true,
    rebuilding: true,
    rows: 81_200,
    estimatedRows: 90_000,
    progress: { startedAt: iso(8 * seconds), phase: "pull", read: 61_000, pages: 60, written: 61_000, deleted: 0 },
  }),
  table("stock", { state: "catching-up", more: true, syncedAt: iso(9 * minutes), rows: 2_004_551 }),
  table("drafts", {
    state: "pending",
    rows: 0,
    syncedAt: null,
    lagSeconds: null,
    lastRunAt: null,
    lookedAt: null,
    changes: null,
  }),
  table("sessions", { state: "paused", paused: true, nextRunAt: null, syncedAt: iso(26 * hours), rows: 77_120 }),
  table("legacy_view", {
    state: "refused",
    rows: 0,
    syncedAt: null,
    nextRunAt: null,
    error: problem("refused", "The view has no key."),
  }),
  table("late", { nextRunAt: iso(12 * minutes), syncedAt: iso(13 * minutes), rows: 512 }),
  table("customers", {
    drift: { at: iso(2 * hours), changes: ['column "note" added'] },
    rejects: 3,
  }),
  table("accounts", { differences: 2, rows: 5120 }),
  table("contacts", {
    source: "crm",
    sourceTable: "crm.contacts",
    state: "failing",
    nextRunAt: iso(-39 * seconds),
    error: problem("unreachable", "connect ETIMEDOUT db.example.com:3306", { retryable: true }),
    errorSince: iso(4 * minutes),
    syncedAt: iso(5 * minutes),
    rows: 40_021,
  }),
  ...["countries", "currencies", "products", "reviews", "shipments", "suppliers", "tax_rates", "users"].map(
    (name, place) =>
      table(name, {
        rows: 250 * (place + 1) ** 4,
        syncedAt: iso((place + 1) * 3 * seconds),
        nextRunAt: iso(-(place + 2) * 5 * seconds),
      }),
  ),
]

export const downSource = (): Source =>
  source("crm", {
    type: "mysql",
    circuit: "open",
    failures: 5,
    retryAt: iso(-39 * seconds),
    error: problem("unreachable", "connect ETIMEDOUT db.example.com:3306", {
      retryable: true,
      hint: "Check that the source is up and reachable from here, its host and its port.",
    }),
    errorSince: iso(4 * minutes),
  })

/** Names that mean something to somebody else. */
export const hostileNames: ReadonlyArray<string> = [
  "<img src=x onerror=document.title='pwned'>",
  "</script><script>document.title='pwned'</script>",
  "constructor",
  "__proto__",
  "hasOwnProperty",
  "toString",
  "orders\u202Egnp.exe",
  "zero\u200Bwidth\u2066isolate",
  "a/b?c#d",
  "%2e%2e/%2e%2e",
  "ui",
  "..",
  " ",
  "\"quoted\" 'names' `too`",
  "&lt;b&gt;",
  "javascript:alert(1)",
  "注文",
  "الطلبات",
  "👩‍👩‍👧‍👦",
  "new\nline\ttab\u0007bell",
  "=cmd|' /C calc'!A0",
  "x".repeat(200),
]

/** As many tables as somebody may have. */
export const manyTables = (count: number): ReadonlyArray<Table> => [
  ...hostileNames.map((name, place) => table(name, { rows: place * 1000 })),
  ...oneOfEach(),
  ...Array.from({ length: Math.max(0, count - hostileNames.length - oneOfEach().length) }, (_, place) =>
    table(`shop_${String(place).padStart(3, "0")}`, {
      rows: (place * 7919) % 1_000_000,
      syncedAt: iso((place % 60) * seconds),
    }),
  ),
]

export const history = (name: string): History => ({
  runs: Array.from({ length: 40 }, (_, place) => ({
    table: name,
    startedAt: iso((place + 1) * 31 * seconds),
    endedAt: iso((place + 1) * 31 * seconds - 400 - ((place * 37) % 11) * 180),
    read: 900 + ((place * 7919) % 600),
    written: (place * 7919) % 500,
    deleted: place % 9 === 0 ? 12 : 0,
    rejected: 0,
    pages: 1,
    more: false,
    ...(place === 6 ? { error: problem("timeout", "The source took longer than 30 s.", { retryable: true }) } : {}),
  })),
  events: [
    { table: name, at: iso(4 * minutes), event: "resume" },
    { table: name, at: iso(9 * minutes), event: "pause" },
  ],
})

export const config = (tables: ReadonlyArray<Table>): Config => ({
  sources: { shop: "postgres", crm: "mysql" },
  tables: tables.map(({ table: into, source: from }, place) => ({
    path: `tables[${place}]`,
    source: from,
    table: { schema: "public", name: into },
    into,
    cursor: "updated_at",
    key: ["id"],
    where: [],
    deletes: { kind: "reconcile", every: 3_600_000 },
    mode: "incremental",
    drift: "follow",
    batchSize: 1000,
    schedule: { everyMs: 30_000 },
    adopt: false,
    changes: null,
  })),
  mask: null,
  logs: {},
  limits: {},
  budget: { millis: 20_000, rows: null, bytes: null, queries: null },
  freshness: null,
  log: "json",
})
