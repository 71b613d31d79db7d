import { type Cell, makeSnapshot, type Snapshot } from "./Snapshot.ts"
import type { WorkerdObject } from "./Workerd.ts"

/** What the sink keeps of a table, as far as promises are made of it. */
export interface ReplicaState {
  readonly plan: string | null
  readonly position: string | null
  readonly leaseUntil: number
  readonly syncedAt: number | null
  readonly reconciledAt: number | null
  readonly reconciliation: string | null
  readonly rejects: number
  readonly error: string | null
}

/** What a reader of the replica sees. */
export interface Replica extends Snapshot {
  /** Tells one table from another that took its place. */
  readonly table: number | undefined
  readonly state: ReplicaState | undefined
}

const cell = (name: string): string => {
  const column = `"${name.replaceAll('"', '""')}"`
  return `CASE typeof(${column}) WHEN 'integer' THEN 'i:' || CAST(${column} AS TEXT) WHEN 'text' THEN 't:' || ${column}
    WHEN 'blob' THEN 'b:' || lower(hex(${column})) WHEN 'real' THEN 'r:' || printf('%!.17g', ${column}) END`
}

const state = `SELECT plan, position, lease_until, synced_at, reconciled_at, reconciliation,
    (SELECT count(*) FROM tmp_replication_rejects r WHERE r.name = t.name), error
  FROM tmp_replication_tables t WHERE name = ?`

/** Reads a replica table and its state, with columns by the names that `nameOf` gives. */
export const readReplica = async (
  { batch }: WorkerdObject,
  into: string,
  hasKey: boolean,
  nameOf: (name: string) => string = (name) => name,
): Promise<Replica> => {
  const params = [into]
  const [tables, info, states] = await batch([
    { sql: `SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = ?`, params },
    { sql: `SELECT name FROM pragma_table_info(?)`, params },
    { sql: state, params },
  ])
  const columns = (info ?? []).map(([name]) => String(name))
  const known = readState(states?.[0])
  const table = tables?.[0]?.[0]
  if (typeof table !== "number")
    return { columns: columns.map(nameOf), rows: new Map(), table: undefined, state: known }
  const [rows] = await batch([{ sql: `SELECT ${columns.map(cell).join(", ")} FROM "${into}"`, params: [] }])
  return {
    ...makeSnapshot(columns.map(nameOf), (rows ?? []) as ReadonlyArray<ReadonlyArray<Cell>>, hasKey),
    table,
    state: known,
  }
}

const readState = (row: ReadonlyArray<unknown> | undefined): ReplicaState | undefined => {
  if (row === undefined) return undefined
  const [plan, position, leaseUntil, syncedAt, reconciledAt, reconciliation, rejects, error] = row
  return {
    plan: plan as string | null,
    position: position as string | null,
    leaseUntil: Number(leaseUntil),
    syncedAt: syncedAt as number | null,
    reconciledAt: reconciledAt as number | null,
    reconciliation: reconciliation as string | null,
    rejects: Number(rejects),
    error: error as string | null,
  }
}
