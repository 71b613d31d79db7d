import { sqliteDialect, sqlTables, type Tables } from "@starbase-replication/connector-testing"

/** A real server for the tests, with a scratch database on a port of its own. */
export interface Server {
  readonly url: string
  readonly password: string
  readonly tables: Tables
  readonly stop: () => Promise<void>
}

/** Starts nothing yet: here goes your server, its dialect and a function that runs SQL on it as a user who may. */
export const startServer = async (): Promise<Server> => ({
  url: "{{name}}://reader:its-password@127.0.0.1/test",
  password: "its-password",
  tables: sqlTables(sqliteDialect, { execute: async () => undefined }),
  stop: async () => undefined,
})
