import type { Hono } from "hono"
import type { Role } from "./auth.ts"
import type { ExternalSource } from "./external.ts"
import type { ReplicaObject } from "./ReplicaObject.ts"

/** What StarbaseDB puts into a request's context under `config`. */
export interface InstanceConfig {
  role: Role
  features: { allowlist: boolean; rls: boolean }
}

/** What StarbaseDB puts into a request's context under `dataSource`. */
export interface DataSource {
  rpc: Awaited<ReturnType<DurableObjectStub<ReplicaObject>["init"]>>
  source: "internal"
  external?: ExternalSource
  executionContext: Pick<ExecutionContext, "waitUntil">
}

export interface Variables {
  config: InstanceConfig
  dataSource: DataSource
}

export type App = Hono<{ Variables: Variables }>

interface Hook {
  sql: string
  dataSource?: DataSource
  config?: InstanceConfig
}

/** The part of StarbaseDB's plugins that this Worker calls. */
export interface Plugin {
  readonly name: string
  register(app: App): Promise<void>
  beforeQuery(query: Hook & { params?: Array<unknown> }): Promise<{ sql: string; params?: Array<unknown> }>
  afterQuery(query: Hook & { result: unknown; isRaw: boolean }): Promise<unknown>
}
