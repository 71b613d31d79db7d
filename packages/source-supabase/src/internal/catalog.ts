import { ConnectorError, formatTableName, type TableName, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Settings } from "../Settings.ts"
import type { Client } from "./client.ts"
import { declareHint, urlHint } from "./errors.ts"
import { declaredTables, type Described, readDescription } from "./discovery.ts"
import { makeProbe } from "./request.ts"
import type { Target } from "./target.ts"

/** What is known of the tables: what the settings declare, and what the API's description says of the others. */
export interface Catalog {
  readonly list: (schema: string) => Effect.Effect<ReadonlyArray<TableName>, ConnectorError>
  readonly discover: (
    names: ReadonlyArray<Required<TableName>>,
  ) => Effect.Effect<ReadonlyArray<TableSchema | undefined>, ConnectorError>
  /** Why a table is neither declared nor described; undefined where there is none. */
  readonly whyMissing: (name: Required<TableName>) => Effect.Effect<ConnectorError | undefined>
}

/** Asks for each schema's description once in a run, when it is first needed. */
export const makeCatalog = (settings: Settings, target: Target, client: Client): Catalog => {
  const declared = new Map<string, Map<string, TableSchema>>()
  for (const table of declaredTables(settings, target.schema)) {
    const { schema = target.schema, name } = table.name
    declared.set(schema, (declared.get(schema) ?? new Map()).set(name, table))
  }
  const described = new Map<string, Described>()

  const describe = (schema: string): Effect.Effect<Described, ConnectorError> =>
    Effect.suspend(() => {
      const known = described.get(schema)
      if (known !== undefined) return Effect.succeed(known)
      return client.description(schema).pipe(
        Effect.flatMap((document) => {
          const tables = readDescription(schema, document)
          if (tables === undefined) return Effect.fail(undescribed(target, document))
          described.set(schema, tables)
          return Effect.succeed(tables)
        }),
      )
    })

  return {
    list: (schema) =>
      Effect.gen(function* () {
        const own = [...(declared.get(schema)?.keys() ?? [])]
        const others = yield* Effect.result(describe(schema))
        if (Result.isFailure(others) && (own.length === 0 || others.failure.isRetryable)) return yield* others.failure
        const names = new Set([...own, ...(Result.isSuccess(others) ? others.success.keys() : [])])
        return [...names].toSorted().map((name) => ({ schema, name }))
      }),

    discover: (names) =>
      Effect.gen(function* () {
        const isDeclared = ({ schema, name }: Required<TableName>) => declared.get(schema)?.has(name) === true
        const failures: Array<ConnectorError> = []
        const schemas = new Set(names.filter((name) => !isDeclared(name)).map(({ schema }) => schema))
        for (const schema of schemas) {
          const result = yield* Effect.result(describe(schema))
          // A schema that is not there, or not served, holds no table; that must not stop the tables of others.
          if (Result.isFailure(result) && result.failure.code !== "table-missing") failures.push(result.failure)
        }
        // What is known is read all the same, unless a later run may know more.
        const isKnown = (name: Required<TableName>) => isDeclared(name) || described.has(name.schema)
        const failure =
          failures.find(({ isRetryable }) => isRetryable) ?? (names.some(isKnown) ? undefined : failures[0])
        if (failure !== undefined) return yield* failure
        return names.map(({ schema, name }) => declared.get(schema)?.get(name) ?? described.get(schema)?.get(name))
      }),

    whyMissing: (name) =>
      Effect.gen(function* () {
        const probed = describe(name.schema).pipe(Effect.andThen(client.ask(makeProbe(name), 1)))
        const asked = yield* Effect.result(probed)
        if (Result.isSuccess(asked) || asked.failure.code === "table-missing") return undefined
        return asked.failure.at({ table: formatTableName(name) })
      }),
  }
}

/** What is no OpenAPI document at all is a gateway's, and may be gone with the next request. */
const undescribed = (target: Target, document: unknown): ConnectorError => {
  const isOpenApi =
    typeof document === "object" && document !== null && ("swagger" in document || "openapi" in document)
  return new ConnectorError({
    code: isOpenApi ? "unsupported" : "unreachable",
    message: `${target.label} did not answer with PostgREST's description of its tables`,
    hint: isOpenApi ? declareHint : urlHint,
  })
}
