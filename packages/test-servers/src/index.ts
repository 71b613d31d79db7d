export { type Postgres, type PostgresDatabase, type PostgresOptions, startPostgres } from "./Postgres.ts"
export { startTcpProxy, type TcpProxy } from "./TcpProxy.ts"
export { type SqliteObject, type SqliteObjects, startSqliteObjects } from "./SqliteObjects.ts"
export { type SupabaseLite, type SupabaseLiteOptions, startSupabaseLite } from "./SupabaseLite.ts"
