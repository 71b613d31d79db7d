import type { Known, Sweep, Todo } from "./Known.ts"

/** So often one that fails is tried, before it is left to whoever looks at its error. */
const mostTries = 3

const tables = [
  `CREATE TABLE IF NOT EXISTS tmp_replication_fleet (
  name TEXT PRIMARY KEY,
  made INTEGER NOT NULL,
  is_live INTEGER NOT NULL,
  since INTEGER NOT NULL,
  todo TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  epoch TEXT,
  seq INTEGER,
  told_at INTEGER,
  error TEXT,
  error_at INTEGER
) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS tmp_replication_fleet_sweep (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  total INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  workflow TEXT
)`,
]

const columns = "name, made, is_live, since, todo, epoch, seq, told_at, error, error_at"

type Row = ReadonlyArray<SqlStorageValue>

const textOf = (value: SqlStorageValue | undefined): string | undefined =>
  typeof value === "string" ? value : undefined

const todos: ReadonlySet<string> = new Set<Todo>(["make", "refresh", "delete"])
const isTodo = (text: string | undefined): text is Todo => text !== undefined && todos.has(text)

const toKnown = ([name, made, isLive, since, todo, epoch, seq, toldAt, error, errorAt]: Row): Known => {
  const doing = textOf(todo)
  const [of, message] = [textOf(epoch), textOf(error)]
  return {
    name: String(name),
    made: Number(made),
    isLive: isLive === 1,
    since: Number(since),
    todo: isTodo(doing) ? doing : undefined,
    told: of === undefined ? undefined : { epoch: of, seq: Number(seq), at: Number(toldAt) },
    error: message === undefined ? undefined : { message, at: Number(errorAt) },
  }
}

/** Which replicas there are, and what was done with them, in the hub's own database. It is made when the first one is. */
export class Registry {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get(name: string): Known | undefined {
    const [row] = this.#all(`SELECT ${columns} FROM tmp_replication_fleet WHERE name = ?`, name)
    return row && toKnown(row)
  }

  live(): ReadonlyArray<Known> {
    return this.#all(`SELECT ${columns} FROM tmp_replication_fleet WHERE is_live = 1 ORDER BY name`).map(toKnown)
  }

  regions(): ReadonlyArray<Known> {
    const where = "is_live = 1 AND name >= 'region:' AND name < 'region;'"
    return this.#all(`SELECT ${columns} FROM tmp_replication_fleet WHERE ${where}`).map(toKnown)
  }

  counts(): { readonly live: number; readonly deleted: number } {
    const [row] = this.#all("SELECT count(*), sum(is_live) FROM tmp_replication_fleet")
    const live = Number(row?.[1] ?? 0)
    return { live, deleted: Number(row?.[0] ?? 0) - live }
  }

  /** Makes sure that there is one of a name; one that was deleted is another one then, under the next number. */
  make(name: string, todo?: Todo): void {
    for (const table of tables) this.#sql.exec(table)
    this.#sql.exec(
      `INSERT INTO tmp_replication_fleet (name, made, is_live, since, todo) VALUES (?1, 1, 1, CAST(?2 AS INTEGER), ?3)
        ON CONFLICT DO UPDATE SET made = made + 1 - is_live, since = iif(is_live, since, excluded.since), is_live = 1,
          epoch = iif(is_live, epoch, NULL), seq = iif(is_live, seq, NULL), told_at = iif(is_live, told_at, NULL),
          error = NULL, error_at = NULL, todo = coalesce(excluded.todo, todo), tries = 0`,
      name,
      String(Date.now()),
      todo ?? null,
    )
  }

  /** Has something be done with a replica; false where there is none. From now on one that is to be deleted is refused. */
  mark(name: string, todo: "refresh" | "delete"): boolean {
    if (this.get(name)?.isLive !== true) return false
    this.#sql.exec(
      `UPDATE tmp_replication_fleet SET todo = ?1, tries = 0, error = NULL, error_at = NULL, is_live = iif(?1 = 'delete', 0, is_live) WHERE name = ?2`,
      todo,
      name,
    )
    return true
  }

  /** Those with which something is to be done, the ones that have not failed yet first. */
  take(limit: number): ReadonlyArray<Known> {
    return this.#all(
      `SELECT ${columns} FROM tmp_replication_fleet WHERE todo IS NOT NULL ORDER BY tries, name LIMIT ${limit}`,
    ).map(toKnown)
  }

  /** Notes what came of it: an error, unless the replica itself has told one, or that it is done. It is left as it is where something else is to be done by now. */
  did({ name, made, todo }: Pick<Known, "name" | "made" | "todo">, error: string | undefined): void {
    const own = "name = ?1 AND made = CAST(?2 AS INTEGER) AND todo IS ?3"
    if (error === undefined) {
      this.#sql.exec(
        `UPDATE tmp_replication_fleet SET todo = NULL, tries = 0 WHERE ${own}`,
        name,
        String(made),
        todo ?? null,
      )
      return
    }
    this.#sql.exec(
      `UPDATE tmp_replication_fleet SET tries = tries + 1, todo = iif(tries + 1 < ${mostTries}, todo, NULL),
        error = coalesce(error, ?4), error_at = CAST(?5 AS INTEGER) WHERE ${own}`,
      name,
      String(made),
      todo ?? null,
      error,
      String(Date.now()),
    )
  }

  /** Notes how far a replica is; it is written where that is new. */
  told(name: string, epoch: string, seq: number): void {
    this.#sql.exec(
      `UPDATE tmp_replication_fleet SET epoch = ?1, seq = CAST(?2 AS INTEGER), told_at = CAST(?3 AS INTEGER), error = NULL, error_at = NULL
        WHERE name = ?4 AND (epoch IS NOT ?1 OR seq IS NOT CAST(?2 AS INTEGER) OR error IS NOT NULL)`,
      epoch,
      String(seq),
      String(Date.now()),
      name,
    )
  }

  failed(name: string, error: string): void {
    this.#sql.exec(
      `UPDATE tmp_replication_fleet SET error = ?1, error_at = CAST(?2 AS INTEGER) WHERE name = ?3 AND error IS NOT ?1`,
      error,
      String(Date.now()),
      name,
    )
  }

  /** Begins to do something with so many, or adds to what is being done. */
  beginSweep(added: number): void {
    for (const table of tables) this.#sql.exec(table)
    const before = this.sweep()
    const isOver = before === undefined || before.left <= added
    this.#sql.exec(
      `INSERT INTO tmp_replication_fleet_sweep (id, total, started_at) VALUES (1, CAST(?1 AS INTEGER), CAST(?2 AS INTEGER))
        ON CONFLICT DO UPDATE SET total = excluded.total, started_at = excluded.started_at`,
      String(isOver ? added : before.total + added),
      String(isOver ? Date.now() : before.startedAt),
    )
  }

  setWorkflow(id: string): void {
    this.#sql.exec("UPDATE tmp_replication_fleet_sweep SET workflow = ?", id)
  }

  sweep(): Sweep | undefined {
    const [row] = this.#all(
      `SELECT total, started_at, workflow, (SELECT count(*) FROM tmp_replication_fleet WHERE todo IS NOT NULL)
        FROM tmp_replication_fleet_sweep`,
    )
    if (row === undefined) return undefined
    const [total, startedAt, workflow, left] = row
    return { total: Number(total), left: Number(left), startedAt: Number(startedAt), workflow: textOf(workflow) }
  }

  #all(sql: string, ...params: ReadonlyArray<string>): ReadonlyArray<Row> {
    const [there] = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'tmp_replication_fleet'").raw()
    return there === undefined ? [] : [...this.#sql.exec(sql, ...params).raw()]
  }
}
