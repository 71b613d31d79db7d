import type { RpcLike } from "@starbase-replication/sink-sqlite"
import type { Look } from "./internal/Look.ts"
import type { Live } from "./internal/Live.ts"

/**
 * The parts of StarbaseDB that the plugin touches, typed by structure, so that it needs no StarbaseDB to compile and
 * runs in an unchanged one.
 */
export interface StarbaseDataSource {
  readonly rpc: RpcLike & {
    getStatistics?(): Promise<unknown>
    getAlarm?(): Promise<number | null>
    setAlarm?(at: number): Promise<void>
    /** Where the database itself runs what is due: what it remembers of runs that found nothing. */
    lastLooks?(): Promise<ReadonlyArray<Look>>
    /** The same of runs under way, and of what they have cost. */
    live?(): Promise<Live>
  }
  /** Where queries of this request go; `internal` without it. */
  readonly source?: string | undefined
  readonly external?: StarbaseExternal | undefined
  readonly executionContext?: { waitUntil(promise: Promise<unknown>): void } | undefined
}

/** The instance's own external database, as its EXTERNAL_DB_* settings or its Hyperdrive binding describe it. */
export interface StarbaseExternal {
  readonly dialect: string
  readonly connectionString?: string
  readonly host?: string
  readonly port?: number | string
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly defaultSchema?: string | undefined
}

/** The request's context: a Hono context with the variables that StarbaseDB sets. */
export interface StarbaseContext {
  get(key: "dataSource"): StarbaseDataSource
  get(key: "config"): { readonly role: "admin" | "client" }
  readonly req: {
    param(name: string): string | undefined
    query(name: string): string | undefined
    header(name: string): string | undefined
    /** The request as the handlers after this one will read it. */
    raw: Request
  }
  /** Sets a header of the answer, also once there is one. */
  header(name: string, value: string): void
}

/** The Hono app on which plugins register their routes. */
export interface StarbaseApp {
  /** What was registered so far. */
  readonly routes?: ReadonlyArray<{ readonly method: string; readonly path: string }>
  get(path: string, handler: StarbaseHandler): unknown
  post(path: string, handler: StarbaseHandler): unknown
  use(path: string, handler: StarbaseHandler): unknown
}

/** A Hono handler; one that gives nothing has left the answer to the handlers after it. */
export type StarbaseHandler = (context: StarbaseContext, next: () => Promise<void>) => Promise<Response | void>
