import type { ConnectorError } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import type { Execute } from "./Execute.ts"
import { makeDatabase } from "./internal/database.ts"

/** Fails with `storage-full` where the database takes no write, and leaves nothing behind. */
export const tryWriting = (execute: Execute): Effect.Effect<void, ConnectorError> =>
  Effect.asVoid(
    makeDatabase(execute).query(
      "CREATE TABLE IF NOT EXISTS tmp_replication_probe (id INTEGER); DROP TABLE tmp_replication_probe",
    ),
  )
