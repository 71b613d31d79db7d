import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { TableEntry } from "../src/config/Document.ts"
import { jsonSchema } from "../src/config/JsonSchema.ts"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import { makeConnector } from "../src/source/Connector.ts"
import { Secret } from "../src/source/Settings.ts"
import { Source } from "../src/source/Source.ts"

it("describes the document with the connectors' own settings", () => {
  const connector = makeConnector({
    type: "memory",
    settings: Schema.Struct({ type: Schema.Literal("memory"), url: Secret }),
    layer: () => Layer.effect(Source, Effect.fail(new ConnectorError({ code: "unreachable", message: "unused" }))),
  })
  const schema = jsonSchema([connector])
  expect(schema).toMatchObject({
    type: "object",
    required: ["sources", "tables"],
    additionalProperties: false,
    properties: {
      sources: {
        additionalProperties: {
          anyOf: [
            { properties: { type: { enum: ["memory"] } }, required: ["type", "url"], additionalProperties: false },
          ],
        },
      },
      tables: { items: { required: ["source", "table"], additionalProperties: false } },
    },
    $defs: { Secret: { required: ["secret"] } },
  })
})

it("tells the very defaults that a table's entry gets, and keeps what is said of durations", () => {
  const { schema } = Schema.toJsonSchemaDocument(TableEntry)
  const properties = (schema as { properties: Record<string, { default?: unknown; description?: string }> }).properties
  const { where: _where, ...filled } = Schema.decodeSync(TableEntry)({ source: "s", table: "t" })
  for (const [name, value] of Object.entries(filled)) {
    if (name !== "source" && name !== "table") expect(properties[name]?.default, name).toEqual(value)
  }
  expect(Object.keys(filled).length).toBeGreaterThan(6)
  expect(properties["every"]).toMatchObject({ default: "1 minute", description: expect.any(String) })
})
