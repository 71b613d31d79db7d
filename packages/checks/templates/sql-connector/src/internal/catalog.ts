import type { ConnectorError, Row } from "@starbase-replication/core/source"
import type { Catalog, Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import { notWritten } from "./notWritten.ts"

/** What {{name}} says of its tables. */
export const makeCatalog = (
  ask: (statement: Statement) => Effect.Effect<ReadonlyArray<Row>, ConnectorError>,
): Catalog => ({
  list: () => Effect.andThen(ask({ text: "", values: [] }), notWritten("Catalog.list in src/internal/catalog.ts")),
  describe: () => notWritten("Catalog.describe in src/internal/catalog.ts"),
})
