import { connector } from "@starbase-replication/source-postgres"
import { startPostgres, startStandby, startTcpProxy } from "@starbase-replication/test-servers"
import { openTable, type SqlServer } from "../SqlTable.ts"
import type { Subject } from "../Subject.ts"
import { dialect } from "./dialect.ts"
import { postgresDriver } from "./driver.ts"
import { openSessions } from "../Sessions.ts"

/** Characters that a URL and a JSON text write in another way. */
const password = 'correct: horse/"battery" @stäple%41'

/**
 * No vacuum takes a transaction id in between, so that histories are the same each time. A password of one iteration
 * costs a run little.
 */
export const settings = {
  autovacuum: "off",
  scram_iterations: 1,
  max_connections: 200,
  max_prepared_transactions: 20,
  timezone: "UTC",
}

/** Gives a table's columns, their types as PostgreSQL prints them. */
export const columns = (table: string): string =>
  `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`

/** Histories on a PostgreSQL of its own. */
export const startPostgresSubject = (): Promise<Subject> => startSubject("PostgreSQL", false)

/** Histories that are written on a PostgreSQL and replicated from a hot standby of it. */
export const startStandbySubject = (): Promise<Subject> => startSubject("a hot standby of PostgreSQL", true)

const startSubject = async (name: string, isStandby: boolean): Promise<Subject> => {
  const postgres = await startPostgres({ settings })
  await postgres.query(`CREATE ROLE reader LOGIN PASSWORD '${password}' IN ROLE pg_read_all_data`)
  const standby = isStandby ? await startStandby(postgres) : undefined
  const [sessions, proxy] = await Promise.all([
    openSessions(postgresDriver(postgres.url), 3),
    startTcpProxy(standby ?? postgres),
  ])
  const { host, port } = proxy
  const patient = { type: "postgres", url: { secret: "URL" } }
  const login = { host, port, user: "reader", database: "postgres", password: { secret: "PASSWORD" } }
  const impatient = { type: "postgres", ...login, statementTimeout: "30 millis" }
  const server: SqlServer = {
    dialect,
    sessions,
    proxy,
    entry: (isPatient) => (isPatient ? patient : impatient),
    columns,
    which: (table) => `SELECT 'i:' || '${table}'::regclass::oid`,
    changed: async () => {},
    ...(standby === undefined ? {} : { shown: standby.caughtUp }),
  }
  let tables = 0
  return {
    name,
    connector,
    secrets: { URL: `postgres://reader:${encodeURIComponent(password)}@${host}:${port}/postgres`, PASSWORD: password },
    seesTransactions: true,
    tellsWriters: true,
    seesTypes: true,
    ordersByBytes: true,
    table: (shape) => openTable(server, `public.h${tables++}`, shape),
    stop: async () => {
      await sessions.stop()
      await proxy.stop()
      await standby?.stop()
      await postgres.stop()
    },
  }
}
