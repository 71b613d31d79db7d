import { decodeConfig } from "@starbase-replication/core/config"
import { ConnectorError } from "@starbase-replication/core/source"
import { connector } from "@starbase-replication/source-postgres"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import fc from "fast-check"
import { expect, it } from "vitest"
import { texts } from "../../src/Hostile.ts"

const inline = "hunter2-inline"
const valid = {
  sources: {
    main: { type: "postgres", url: { secret: "URL" }, statementTimeout: "5 seconds" },
    other: { type: "postgres", host: "127.0.0.1", port: 5432, user: "u", password: { secret: "PASSWORD" } },
  },
  tables: [
    {
      source: "main",
      table: "public.orders",
      into: "orders",
      cursor: "updated_at",
      overlap: "1 minute",
      key: ["id"],
      columns: ["id", "updated_at"],
      as: { id: "integer" },
      where: [
        { column: "id", op: "in", value: [1, "2", true] },
        { column: "id", op: "isNull" },
      ],
      deletes: { reconcile: "1 hour" },
      verify: "1 day",
      drift: "freeze",
      batchSize: 10,
      every: "30 seconds",
      adopt: true,
    },
    { source: "other", table: "*", except: ["a", "b.c"], deletes: { softDelete: "gone" } },
  ],
}

/** Every place in a document. */
const placesIn = (value: unknown, path: ReadonlyArray<string | number> = []): ReadonlyArray<typeof path> => [
  path,
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, Array.isArray(value) ? Number(key) : key]))
    : []),
]

const replaced = (value: unknown, [first, ...rest]: ReadonlyArray<string | number>, by: unknown): unknown => {
  if (first === undefined) return by
  if (Array.isArray(value)) return value.map((one, at) => (at === first ? replaced(one, rest, by) : one))
  return Object.fromEntries(
    Object.entries(value as object).map(([key, one]) => [key, key === first ? replaced(one, rest, by) : one]),
  )
}

const anyValue = fc.oneof(
  fc.jsonValue(),
  texts,
  fc.constant(inline),
  fc.constantFrom(null, true, 0, -1, 1e308, Number.NaN, Number.POSITIVE_INFINITY, [], {}, [[]], undefined),
  fc.dictionary(texts, fc.jsonValue()),
)
const mutated = fc
  .array(fc.tuple(fc.constantFrom(...placesIn(valid)), anyValue), { minLength: 1, maxLength: 3 })
  .map((changes) =>
    changes.reduce<unknown>((document, [path, by]) => {
      const isThere = placesIn(document).some((place) => JSON.stringify(place) === JSON.stringify(path))
      return isThere ? replaced(document, path, by) : document
    }, valid),
  )

it("any document at all is either taken or refused with its problems, and never shows what it holds", () => {
  let taken = 0
  fc.assert(
    fc.property(fc.oneof({ weight: 1, arbitrary: fc.anything() }, { weight: 4, arbitrary: mutated }), (document) => {
      const exit = Effect.runSyncExit(
        decodeConfig(document, { connectors: [connector], secrets: (name) => `secret of ${name}` }),
      )
      if (Exit.isSuccess(exit)) {
        taken += 1
        return
      }
      const failure = Result.getOrUndefined(Cause.findError(exit.cause))
      expect(failure).toBeInstanceOf(ConnectorError)
      expect(failure?.code).toBe("invalid-config")
      expect(failure?.message).not.toBe("")
      const told = JSON.stringify(failure?.describe())
      expect(told).not.toContain("secret of")
    }),
    { numRuns: 3000 },
  )
  expect(taken).toBeGreaterThan(50)
})

it("a secret that stands in a document is not told back", () => {
  // What stands in the place of a source's type or of a secret's name is told, so that it can be mended.
  const isTold = (path: ReadonlyArray<string | number>) => path.at(-1) === "type" || path.at(-1) === "secret"
  for (const path of placesIn(valid).filter((one) => one[0] === "sources" && !isTold(one))) {
    const exit = Effect.runSyncExit(
      decodeConfig(replaced(valid, path, inline), { connectors: [connector], secrets: () => "secret" }),
    )
    if (Exit.isFailure(exit)) expect(String(exit.cause) + JSON.stringify(exit.cause)).not.toContain(inline)
  }
})
