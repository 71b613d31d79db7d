import * as Schema from "effect/Schema"
import type { Connector } from "../source/Connector.ts"
import { ReplicationDocument } from "./Document.ts"

/** The JSON Schema (draft 2020-12) of a replication document whose sources are of these connectors. */
export const jsonSchema = (connectors: ReadonlyArray<Connector>): Record<string, unknown> => {
  const document = Schema.Struct({
    ...ReplicationDocument.fields,
    sources: Schema.Record(Schema.String, Schema.Union(connectors.map(({ settings }) => settings))).annotate({
      description: "Where rows come from, each by a name of its own.",
    }),
  }).annotate({ title: "starbase-replication document" })
  const { schema, definitions } = Schema.toJsonSchemaDocument(document, {
    onExcessProperty: "error",
  })
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...schema, $defs: definitions }
}
