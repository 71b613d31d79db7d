import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Mariadb, Postgres } from "@starbase-replication/test-servers"
import { shell } from "./programs.ts"
import type { BenchTable } from "./tables.ts"

/** What a load took. */
export interface Floor {
  readonly seconds: number
  /** Of the client and of SQLite, not of the server. */
  readonly cpuSeconds: number
}

/** Loads a table from a command's output with the SQLite shell. */
const importInto = async (
  command: string,
  env: Readonly<Record<string, string>>,
  table: BenchTable,
  mode: "csv" | "tabs",
): Promise<Floor> => {
  const directory = await mkdtemp(join(tmpdir(), "bench-floor-"))
  try {
    const file = join(directory, "floor.sqlite")
    const load = `sqlite3 ${file} "${table.sqlite}" ".mode ${mode}" ".import /dev/stdin ${table.kind}"`
    const startedAt = performance.now()
    const { cpuSeconds } = await shell(`${command} | ${load}`, env)
    const seconds = (performance.now() - startedAt) / 1000
    const rows = Number((await shell(`sqlite3 ${file} "SELECT count(*) FROM ${table.kind}"`)).output)
    if (rows !== table.rows) throw new Error(`The floor brought ${rows} of ${table.rows} rows.`)
    return { seconds, cpuSeconds }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The least that a load from PostgreSQL takes: COPY piped into the SQLite shell. */
export const postgresFloor = (server: Postgres, table: BenchTable): Promise<Floor> => {
  const login = `-h ${server.host} -p ${server.port} -U ${server.user} -d ${server.database}`
  const copy = `psql -X -q ${login} -c "COPY ${table.kind} TO STDOUT (FORMAT csv)"`
  return importInto(copy, { PGPASSWORD: server.password }, table, "csv")
}

/** The like from MariaDB, with its client's batch mode. */
export const mariadbFloor = (server: Mariadb, database: string, table: BenchTable): Promise<Floor> => {
  const login = `--no-defaults -h ${server.host} -P ${server.port} -u ${server.user} ${database}`
  const select = `mariadb ${login} --batch --quick --skip-column-names -e "SELECT * FROM ${table.kind}"`
  return importInto(select, { MYSQL_PWD: server.password }, table, "tabs")
}
