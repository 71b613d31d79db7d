import type { ReplicationOptions } from "@starbase-replication/plugin"
import type { ReplicaObject } from "./ReplicaObject.ts"
import type { Hint } from "./replicas/hints.ts"

/** The bindings of the Worker. Secrets that the replication document names stand beside them. */
export interface Env {
  readonly REPLICA: DurableObjectNamespace<ReplicaObject>
  readonly ADMIN_AUTHORIZATION_TOKEN?: string
  readonly CLIENT_AUTHORIZATION_TOKEN?: string
  /** Where the Durable Object is made: `auto`, or a location hint. */
  readonly REGION?: string
  /** The replication document, as JSON text or as an object. */
  readonly REPLICATION_CONFIG?: ReplicationOptions["config"]
  /** `off` leaves the object's alarm alone: what is due then runs with `scheduled()` and on request only. */
  readonly REPLICATION_ALARM?: string
  /** `off` leaves out the page at `/replicate/ui`. */
  readonly REPLICATION_UI?: string
  /** How many rows, and how many bytes, the answer of one `/query` has at most. */
  readonly QUERY_MAX_ROWS?: number | string
  readonly QUERY_MAX_BYTES?: number | string

  /** What tokens of replicas are signed with, of 32 characters at least. */
  readonly REPLICA_TOKEN_SECRET?: string
  /** Carries hints from the hub to its replicas; without it, a replica asks when it is read. */
  readonly REPLICA_QUEUE?: Queue<Hint>
  /** Makes, refreshes and deletes many replicas; without it, requests do that a part at a time. */
  readonly REPLICA_WORKFLOW?: Workflow

  readonly EXTERNAL_DB_TYPE?: string
  readonly EXTERNAL_DB_HOST?: string
  readonly EXTERNAL_DB_PORT?: number | string
  readonly EXTERNAL_DB_USER?: string
  readonly EXTERNAL_DB_PASS?: string
  readonly EXTERNAL_DB_DATABASE?: string
  readonly EXTERNAL_DB_DEFAULT_SCHEMA?: string
  readonly HYPERDRIVE?: { readonly connectionString: string }
}
