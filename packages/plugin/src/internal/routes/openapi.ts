import * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import type { Content, Route } from "./Route.ts"
import { routes } from "./routes.ts"

/** The OpenAPI 3.1 document of the plugin's routes. */
export const makeOpenApi = (): Record<string, unknown> => {
  const { schemaOf, definitions } = convert(routes)
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}")
    paths[path] = { ...paths[path], [route.method]: operation(route, schemaOf) }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "starbase-replication",
      version: "1",
      description:
        "The operator's API of the replication plugin. Every route but the page is for the admin token alone. What is not about one table is a GET, so that no table's name can collide with it. A request without a token, or with a wrong one, is turned away by the instance before it gets here (401, 400); a method that a path does not know is answered 405.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ adminToken: [] }],
    paths,
    components: {
      securitySchemes: { adminToken: { type: "http", scheme: "bearer", description: "ADMIN_AUTHORIZATION_TOKEN" } },
      schemas: definitions,
    },
  }
}

type SchemaOf = (content: Content) => unknown

const operation = (route: Route, schemaOf: SchemaOf) => {
  const { name, summary, answers } = route
  const inPath = Array.from(route.path.matchAll(/:(\w+)/g), ([, parameter]) => ({
    name: parameter,
    in: "path",
    required: true,
    description: "The replica table.",
    schema: { type: "string" },
  }))
  const inQuery = (route.query ?? []).map((parameter) => ({ in: "query", ...parameter }))
  const parameters = [...inPath, ...inQuery]
  return {
    operationId: name,
    summary,
    ...(route.isOpen === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, content]) => [status, response(content, schemaOf)]),
    ),
  }
}

const response = (content: Content, schemaOf: SchemaOf) => {
  const { description } = content
  if ("empty" in content) return { description }
  return {
    description,
    content:
      "mediaType" in content
        ? { [content.mediaType]: { schema: content.schema } }
        : { "application/json": { schema: schemaOf(content) } },
  }
}

/** StarbaseDB's form of an answer. */
export const envelope = (result: Schema.Codec<unknown, unknown>) =>
  Schema.Struct({ result, error: Schema.optionalKey(Schema.String) })

const errorAlone = Schema.Struct({ error: Schema.String })

/** The schemas of all answers, converted together so that they share their definitions. */
const convert = (all: ReadonlyArray<Route>) => {
  const contents = all.flatMap(({ answers }) => Object.values(answers))
  const form = (content: Content) => {
    if (!("result" in content)) return errorAlone
    return content.mayLack ? Schema.Union([envelope(content.result), errorAlone]) : envelope(content.result)
  }
  const fields = Object.fromEntries(contents.map((content, index) => [String(index), form(content)]))
  const { schema, definitions } = Schema.toJsonSchemaDocument(Schema.Struct(fields))
  const converted = JsonSchema.toMultiDocumentOpenApi3_1({
    dialect: "draft-2020-12",
    schemas: [schema],
    definitions,
  })
  const properties = Object.entries((converted.schemas[0]["properties"] ?? {}) as Record<string, unknown>)
  const schemas = new Map(properties.map(([index, one]) => [contents[Number(index)], one]))
  return { schemaOf: (content: Content) => schemas.get(content), definitions: converted.definitions }
}
