import { connector } from "@starbase-replication/source-supabase"
import { startPostgres, startSupabaseLite, startTcpProxy } from "@starbase-replication/test-servers"
import { dialect } from "../postgres/dialect.ts"
import { postgresDriver } from "../postgres/driver.ts"
import { openSessions } from "../Sessions.ts"
import { columns, settings } from "../postgres/subject.ts"
import { openTable, type SqlServer } from "../SqlTable.ts"
import { isKeyless } from "../Shape.ts"
import type { Subject } from "../Subject.ts"

/** Histories on a PostgreSQL behind Supabase's own small server, which cuts its answers short. */
export const startSupabaseSubject = async (): Promise<Subject> => {
  const postgres = await startPostgres({ settings })
  const lite = await startSupabaseLite(postgres, { maxRows: 7 })
  await postgres.query("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO service_role")
  // A table without a key comes in one answer or not at all.
  const uncut = await startSupabaseLite(postgres)
  const [sessions, proxy, uncutProxy] = await Promise.all([
    openSessions(postgresDriver(postgres.url), 3),
    startTcpProxy(lite),
    startTcpProxy(uncut),
  ])
  const serverAt = (behind: typeof proxy, key: string): SqlServer => {
    const patient = { type: "supabase", url: `http://${behind.host}:${behind.port}`, key: { secret: key } }
    return {
      // The small server, other than PostgREST, does not read a quote in a list within a tree of conditions.
      dialect: { ...dialect, keyText: (value) => value.replaceAll('"', "“") },
      sessions,
      proxy: behind,
      entry: (isPatient) => (isPatient ? patient : { ...patient, requestTimeout: "100 millis" }),
      columns,
      changed: async () => {
        await lite.reload()
        await uncut.reload()
      },
    }
  }
  const [server, other] = [serverAt(proxy, "KEY"), serverAt(uncutProxy, "UNCUT_KEY")]
  let tables = 0
  return {
    name: "Supabase",
    connector,
    secrets: { KEY: lite.secretKey, UNCUT_KEY: uncut.secretKey },
    seesTransactions: false,
    tellsWriters: false,
    seesTypes: false,
    ordersByBytes: true,
    table: (shape) => openTable(isKeyless(shape) ? other : server, `public.h${tables++}`, shape),
    stop: async () => {
      await Promise.all([proxy.stop(), uncutProxy.stop()])
      await Promise.all([lite.stop(), uncut.stop()])
      await sessions.stop()
      await postgres.stop()
    },
  }
}
