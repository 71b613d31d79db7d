import { type Identity, nameInLog, walkTenants } from "@starbase-replication/hub"

/** How the hub's log stands: the seq under which changes come now, and up to which it was thrown away. */
export interface LogState {
  readonly epoch: string
  readonly open: number
  readonly trimmed: number
  /** Another text where a table was put in the place of another one. */
  readonly generations: string
}

/** The tenant whose entries are somebody's own; undefined for who has those of all. */
const ownOf = (identity: Identity): string | undefined => (identity === "all" ? undefined : nameInLog(identity.tenant))

/** Reads the log of changes in the hub's own database; `packages/hub` answers by it, and says what its parts are. */
export class HubLog {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Undefined where there is no log yet. */
  state(): LogState | undefined {
    const [there] = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'tmp_replication_feed'").raw()
    if (there === undefined) return undefined
    const select = "SELECT epoch, seq, trimmed, name, generation FROM tmp_replication_feed ORDER BY name"
    const rows = [...this.#sql.exec(select).raw()]
    const [first] = rows
    if (first === undefined) return undefined
    const generations = JSON.stringify(rows.map(([, , , name, generation]) => [name, generation]))
    return { epoch: String(first[0]), open: Number(first[1]), trimmed: Number(first[2]), generations }
  }

  /** Closes the open seq, so that what comes later is told from what is there. */
  close({ epoch, open }: LogState): void {
    this.#sql.exec(
      "UPDATE tmp_replication_hub SET seq = seq + 1 WHERE epoch = ? AND seq = CAST(? AS INTEGER)",
      epoch,
      String(open),
    )
  }

  /** The last seq under which there is something, for each tenant as it stands in the log. */
  last(): ReadonlyMap<string, number> {
    const rows = this.#sql
      .exec(
        `${walkTenants} SELECT tenant, (SELECT max(seq) FROM tmp_replication_changes c WHERE c.tenant = tenants.tenant)
          FROM tenants WHERE tenant IS NOT NULL`,
      )
      .raw()
    return new Map(Array.from(rows, ([tenant, seq]) => [String(tenant), Number(seq)]))
  }

  /** The first seq after another one under which there is something for somebody; undefined where there is nothing. */
  firstAfter(identity: Identity, seq: number): number | undefined {
    const own = ownOf(identity)
    if (own === undefined) return seq + 1
    const [row] = this.#sql
      .exec(
        `SELECT min(a) FROM (SELECT min(seq) AS a FROM tmp_replication_changes WHERE tenant = '' AND seq > CAST(?1 AS INTEGER)
          UNION ALL SELECT min(seq) FROM tmp_replication_changes WHERE tenant = ?2 AND seq > CAST(?1 AS INTEGER))`,
        String(seq),
        own,
      )
      .raw()
    return typeof row?.[0] === "number" ? row[0] : undefined
  }

  /** The values of the columns that say whose rows are, of all tables that are fed. */
  tenants(): ReadonlySet<string> {
    const found = new Set<string>()
    if (this.state() === undefined) return found
    const columns =
      "SELECT name, described->>'$.tenant' FROM tmp_replication_feed WHERE described->>'$.tenant' IS NOT NULL"
    const tables = [...this.#sql.exec(columns).raw()]
    for (const [table, column] of tables) {
      const [from, value] = [identifier(String(table)), identifier(String(column))]
      const rows = this.#sql
        .exec(`SELECT DISTINCT CAST(${value} AS TEXT) FROM ${from} WHERE typeof(${value}) IN ('text', 'integer')`)
        .raw()
      for (const [tenant] of rows) found.add(String(tenant))
    }
    return found
  }
}

/** The last seq of the log under which there is something for somebody. */
export const lastFor = (last: ReadonlyMap<string, number>, identity: Identity): number => {
  const own = ownOf(identity)
  if (own === undefined) return Math.max(0, ...last.values())
  return Math.max(last.get("") ?? 0, last.get(own) ?? 0)
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
