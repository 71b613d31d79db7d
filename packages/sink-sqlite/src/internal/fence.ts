import type * as Effect from "effect/Effect"
import type { Database } from "./database.ts"
import { leaseLost } from "./errors.ts"
import { literal } from "./quote.ts"
import type { ConnectorError } from "@starbase-replication/core/sink"

const name = "tmp_replication_fence"

/** Makes the view through which a run asserts that it holds its table. */
export const createFence = `
CREATE VIEW IF NOT EXISTS ${name} AS SELECT NULL AS name, NULL AS token;
CREATE TRIGGER IF NOT EXISTS ${name} INSTEAD OF INSERT ON ${name} BEGIN
  SELECT RAISE(ABORT, ${literal(leaseLost)}) WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables t WHERE t.name = NEW.name AND t.lease = NEW.token);
END;`

/**
 * Runs statements without parameters for a run that holds its table, or fails with `lease-lost` and runs none of them.
 * It is one call to the database, so that nobody can take the table in between.
 */
export const fenced =
  (database: Database, into: string, token: string) =>
  (...statements: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, ConnectorError> =>
    database.query(
      [`INSERT INTO ${name} (name, token) VALUES (${literal(into)}, ${literal(token)})`, ...statements].join(";\n"),
    )

/** The function that {@link fenced} gives. */
export type Fenced = ReturnType<typeof fenced>
