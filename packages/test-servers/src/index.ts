export { startDebianPostgres } from "./DebianPostgres.ts"
export { type Mariadb, type MariadbDatabase, type MariadbOptions, startMariadb } from "./Mariadb.ts"
export { type Mysql, startMysql } from "./Mysql.ts"
export {
  type Postgres,
  type PostgresDatabase,
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "./Postgres.ts"
export { type Postgrest, type PostgrestOptions, startPostgrest } from "./Postgrest.ts"
export { startTcpProxy, type TcpProxy } from "@starbase-replication/connector-testing/proxy"
export { type SqliteObject, type SqliteObjects, startSqliteObjects } from "./SqliteObjects.ts"
export { type Sqld, startSqld } from "./Sqld.ts"
export { type Standby, startStandby } from "./Standby.ts"
export { type SupabaseLite, type SupabaseLiteOptions, startSupabaseLite } from "./SupabaseLite.ts"
export { startWorkerdProcess, type WorkerdProcess } from "./WorkerdProcess.ts"
