import { makeConnector, pageOf, Source, type SourceShape } from "@starbase-replication/core/source"
import { type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Hono } from "hono"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { ReplicationPlugin, type StarbaseApp, type StarbaseDataSource, wakeUp } from "../src/index.ts"

afterEach(() => vi.restoreAllMocks())

/** Asks a plugin to pull all tables, as an admin. */
const pullAll = async (plugin: ReplicationPlugin, rpc: StarbaseDataSource["rpc"]): Promise<Response> => {
  const app = new Hono<{ Variables: { dataSource: StarbaseDataSource; config: { role: "admin" } } }>()
  app.use("*", async (context, next) => {
    context.set("dataSource", { rpc })
    context.set("config", { role: "admin" })
    await next()
  })
  await plugin.register(app as unknown as StarbaseApp)
  return app.request("/replicate", { method: "POST" })
}

it("a defect is answered with where to look, and logged with where it arose, without the words of what was thrown", async () => {
  const lines = vi.spyOn(console, "error").mockReturnValue()
  const config = {
    tables: [],
    get sources(): never {
      throw new RangeError("postgres://user:hunter2@host")
    },
  }
  const response = await pullAll(new ReplicationPlugin({ config, connectors: [] }), {
    executeQuery: () => Promise.resolve({ rows: [] }),
  })
  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({
    result: {
      error: {
        code: "unknown",
        message: "Replication failed by a defect of its own.",
        hint: "The log shows where (event defect); please report it.",
        retryable: true,
        action: null,
      },
    },
    error: "Replication failed by a defect of its own.",
  })
  // Whoever drives the wake-ups has nobody to tell.
  await expect(
    wakeUp({ config, connectors: [] }, { rpc: { executeQuery: () => Promise.resolve({ rows: [] }) } }, undefined),
  ).rejects.toThrow()
  const logged = lines.mock.calls.map(([line]) => String(line))
  expect(logged).toHaveLength(2)
  expect(JSON.parse(logged[0] ?? "")).toEqual({
    time: expect.any(String),
    level: "error",
    logger: "starbase-replication",
    event: "defect",
    code: "RangeError",
    stack: expect.arrayContaining([expect.stringContaining("defects.test.ts")]),
    omitted: 0,
  })
  expect(logged.join()).not.toContain("hunter2")
})

describe("a source that throws", () => {
  let objects: SqliteObjects
  beforeAll(async () => {
    objects = await startSqliteObjects()
  })
  afterAll(() => objects?.stop())

  const broken = (): never => {
    throw new RangeError("postgres://user:hunter2@host")
  }
  const name = { name: "items" }
  const sound: SourceShape = {
    list: () => Effect.succeed([name]),
    describe: (names) =>
      Effect.succeed({
        tables: names.map(() => ({
          name,
          kind: "table",
          columns: [{ name: "id", type: "integer", sourceType: "int8", nullable: false }],
          key: ["id"],
        })),
        transactions: undefined,
      }),
    read: (request) => Effect.succeed(pageOf(request, { rows: [["1"]], done: true, bytes: 1 })),
    lookup: (request) => Effect.succeed(request.keys),
    highest: () => Effect.succeed(null),
  }
  /** A connector whose source throws in the method that its entry names. */
  const connector = makeConnector({
    type: "broken",
    settings: Schema.Struct({ type: Schema.Literal("broken"), in: Schema.String }),
    layer: (settings) => Layer.succeed(Source, { ...sound, [settings.in]: broken }),
  })

  it.each(["describe", "read"])("in %s fails its tables alone, and is logged with where it arose", async (method) => {
    const lines = vi.spyOn(console, "error").mockReturnValue()
    vi.spyOn(console, "warn").mockReturnValue()
    vi.spyOn(console, "info").mockReturnValue()
    const { execute } = objects.object()
    const plugin = new ReplicationPlugin({
      connectors: [connector],
      config: {
        sources: { bad: { type: "broken", in: method }, good: { type: "broken", in: "nothing" } },
        tables: [
          { source: "bad", table: "items", into: `bad_${method}` },
          { source: "good", table: "items", into: "good" },
        ],
      },
    })
    const rpc: StarbaseDataSource["rpc"] = {
      executeQuery: async ({ sql, params = [] }) => ({
        rows: await execute(
          sql,
          params.map((param) => (param === null ? null : String(param))),
        ),
      }),
    }
    const response = await pullAll(plugin, rpc)
    expect(response.status).toBe(207)
    const body = await response.text()
    expect(JSON.parse(body).result.tables).toMatchObject([
      {
        table: `bad_${method}`,
        error: {
          code: "unknown",
          message: "The run failed by a defect of this program.",
          hint: "The log has where it arose; please report it.",
          source: "bad",
        },
      },
      { table: "good", written: 1 },
    ])
    const logged = lines.mock.calls.map(([line]) => String(line))
    expect(logged.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: "defect",
        source: "bad",
        ...(method === "read" ? { table: "bad_read" } : {}),
        code: "RangeError",
        stack: expect.arrayContaining([expect.stringMatching(/broken.*defects\.test\.ts/)]),
      }),
    ])
    expect(body + logged.join()).not.toContain("hunter2")
  })
})
