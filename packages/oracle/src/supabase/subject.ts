import { connector } from "@starbase-replication/source-supabase"
import { startPostgres, startSupabaseLite, startTcpProxy } from "@starbase-replication/test-servers"
import { dialect } from "../postgres/dialect.ts"
import { postgresDriver } from "../postgres/driver.ts"
import { openSessions } from "../Sessions.ts"
import { columns, settings } from "../postgres/subject.ts"
import { openTable, type SqlServer } from "../SqlTable.ts"
import type { Subject } from "../Subject.ts"

/** Histories on a PostgreSQL behind Supabase's own small server, which cuts its answers short. */
export const startSupabaseSubject = async (): Promise<Subject> => {
  const postgres = await startPostgres({ settings })
  const lite = await startSupabaseLite(postgres, { maxRows: 7 })
  await postgres.query("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO service_role")
  const [sessions, proxy] = await Promise.all([openSessions(postgresDriver(postgres.url), 3), startTcpProxy(lite)])
  const patient = { type: "supabase", url: `http://${proxy.host}:${proxy.port}`, key: { secret: "KEY" } }
  const server: SqlServer = {
    // The small server, other than PostgREST, does not read a quote in a list within a tree of conditions.
    dialect: { ...dialect, keyText: (value) => value.replaceAll('"', "“") },
    sessions,
    proxy,
    entry: (isPatient) => (isPatient ? patient : { ...patient, requestTimeout: "100 millis" }),
    columns,
    changed: lite.reload,
  }
  let tables = 0
  return {
    name: "Supabase",
    connector,
    secrets: { KEY: lite.secretKey },
    seesTransactions: false,
    tellsWriters: false,
    seesTypes: false,
    ordersByBytes: true,
    table: (shape) => openTable(server, `public.h${tables++}`, shape),
    stop: async () => {
      await proxy.stop()
      await lite.stop()
      await sessions.stop()
      await postgres.stop()
    },
  }
}
