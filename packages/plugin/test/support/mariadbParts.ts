import {
  type Mariadb,
  type MariadbDatabase,
  type SqliteObject,
  startMariadb,
  startSqliteObjects,
} from "@starbase-replication/test-servers"
import { expect } from "vitest"
import { makeInstance } from "./instance.ts"

/** A real MariaDB that keeps a binlog, or the MySQL that MYSQL_URL names, and a real workerd. */
export const startMariadbParts = async () => {
  const [server, objects] = await Promise.all([startMariadb({ binlog: true }), startSqliteObjects()])
  const open = (object: SqliteObject, url: string, config: object) => {
    const instance = makeInstance(object.execute, { config, secrets: { SHOP_URL: url } })
    const query = (sql: string) => object.execute(sql, [])
    return { ...instance, object, query }
  }
  return {
    server,
    /** An instance with a database of its own. */
    instance: (url: string, config: object) => open(objects.object(), url, config),
    reopen: ({ object }: { readonly object: SqliteObject }, url: string, config: object) => open(object, url, config),
    stop: async () => {
      await Promise.all([server.stop(), objects.stop()])
    },
  }
}

export type MariadbParts = Awaited<ReturnType<typeof startMariadbParts>>
export type MariadbInstance = ReturnType<MariadbParts["instance"]>

type Pulled = Record<string, unknown>

/** Pulls until nothing is left, and adds up what the tables' runs did. */
export const pull = async (
  instance: MariadbInstance,
  before: ReadonlyArray<Pulled> = [],
): Promise<ReadonlyArray<Pulled>> => {
  const answer = await instance.post("/replicate")
  expect(answer.result.tables.flatMap(({ error }) => error ?? [])).toEqual([])
  expect(answer).toMatchObject({ status: 200 })
  const tables = answer.result.tables.map((now) => {
    const then = before.find(({ table }) => table === now["table"])
    const sum = (name: string) => Number(now[name]) + Number(then?.[name] ?? 0)
    return { ...now, ...Object.fromEntries(["pages", "read", "written", "deleted"].map((name) => [name, sum(name)])) }
  })
  return tables.some(({ more }) => more === true) ? pull(instance, tables) : tables
}

/** Compares tables with the source, as texts. */
export const same = async (
  instance: MariadbInstance,
  database: MariadbDatabase | Mariadb,
  names: ReadonlyArray<string>,
): Promise<void> => {
  for (const name of names) {
    const rows = (await database.query(`SELECT * FROM ${name} ORDER BY 1`)).map((row) => row.map(String))
    expect((await instance.query(`SELECT * FROM ${name} ORDER BY 1`)).map((row) => row.map(String))).toEqual(rows)
  }
}
