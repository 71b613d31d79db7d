import { readReplicas, type Replicas } from "@starbase-replication/core/config"

let last: { readonly document: unknown; readonly replicas: Replicas | undefined } | undefined

/** What a document says of replicas; read once while it stays the same. */
export const replicasIn = (document: unknown): Replicas | undefined => {
  if (last === undefined || last.document !== document) last = { document, replicas: readReplicas(document) }
  return last.replicas
}
