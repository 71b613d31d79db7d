import {
  type Kinds,
  type NewColumn,
  sqliteDialect,
  sqlTables,
  type Tables,
  without,
} from "@starbase-replication/connector-testing"
import { batchOf, finished, planColumn, planOf, positionAt } from "@starbase-replication/connector-testing/plans"
import { type ConnectorError, type Plan, Sink } from "@starbase-replication/core/sink"
import { answerFeed } from "@starbase-replication/hub"
import { layer } from "@starbase-replication/sink-sqlite"
import { startSqliteObjects } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { createServer } from "node:http"

/** The types of the kit's tables: those of core, since a hub is made of replicas. */
const kinds: Kinds = {
  integer: { declared: "integer", becomes: "integer" },
  decimal: without("a replica keeps its digits as a text, which has the order of texts"),
  real: without("a hub gives nobody a table with a key of doubles"),
  boolean: { declared: "boolean", becomes: "boolean" },
  text: { declared: "text", becomes: "text" },
  longText: { declared: "text", becomes: "text" },
  uuid: { declared: "text", becomes: "text" },
  binary: { declared: "blob", becomes: "blob" },
  date: { declared: "date", becomes: "date" },
  timestamp: { declared: "timestamp", becomes: "timestamp" },
  timestamptz: { declared: "timestamptz", becomes: "timestamptz" },
}

export interface HubServer {
  readonly url: URL
  readonly token: string
  readonly tables: Tables
  /** Has each answer wait for so many milliseconds. */
  slowBy: number
  readonly stop: () => Promise<void>
}

/** A hub in a Durable Object of real workerd, whose tables the sink makes, answering over HTTP. */
export const startHub = async (): Promise<HubServer> => {
  const objects = await startSqliteObjects()
  const object = objects.object()
  const token = "the hub's t0ken & word"
  const using = <A>(effect: Effect.Effect<A, ConnectorError, Sink>): Promise<A> =>
    Effect.runPromise(Effect.provide(effect, layer(object.execute)))
  const execute = (sql: string) => object.execute(sql, [])
  const plans = new Map<string, Plan>()

  const typeOf = ({ type }: NewColumn) => {
    const kind = typeof type === "string" ? kinds[type] : { declared: type.declared }
    if (!("declared" in kind)) throw new Error("every kind is offered")
    return kind.declared
  }
  const feedAll = () =>
    using(
      Effect.flatMap(
        Sink,
        ({ hub }) =>
          hub?.arrange({ fanOf: () => "all", keep: { age: 86_400_000, entries: 1_000_000 } }, 0) ??
          Effect.die("no hub"),
      ),
    )
  const bring = (plan: Plan, rows: ReadonlyArray<ReadonlyArray<string | null>>) =>
    using(
      Effect.gen(function* () {
        const sink = yield* Sink
        const seen = (yield* sink.runs).find(({ table }) => table === plan.into)?.version
        const run = yield* sink.begin(plan, { claim: true, refresh: false, seen, again: Effect.succeed(plan) })
        yield* run.apply({ ...batchOf(rows), position: positionAt(null) })
        return yield* run.finish(finished)
      }),
    )
  const plain = sqlTables(sqliteDialect, { execute })
  const tables: Tables = {
    ...plain,
    kinds,
    nullability: without("a replica's columns may all be NULL"),
    createView: without("a hub's tables are replicas"),
    uniqueIndexes: without("a hub's tables have the key of their plan"),
    shorten: without("a replica's columns have no length"),
    create: async (table) => {
      const columns = table.columns.map((column) =>
        planColumn(column.name, typeOf(column) as Plan["columns"][number]["type"]),
      )
      const plan = planOf(columns, {
        into: table.name,
        key: table.key ?? [],
        ...(table.key === undefined ? { whole: { rows: 1, bytes: 1 } } : {}),
      })
      plans.set(table.name, plan)
      await bring(plan, [])
      await feedAll()
    },
    insert: async (table, rows) => {
      const plan = plans.get(table.name)
      if (plan === undefined) throw new Error(`no table ${table.name}`)
      const texts = rows.map((row) =>
        row.map((value) => {
          if (typeof value === "object" && value !== null) throw new Error("a hub takes no expressions")
          return value
        }),
      )
      if (plan.key.length > 0) return void (await bring(plan, texts))
      // The sink fills such a table once, and builds it anew for each change.
      const values = plan.columns.map(({ type }, at) => (type === "blob" ? `unhex(value->>${at})` : `value->>${at}`))
      await object.execute(`INSERT INTO "${table.name}" SELECT ${values.join(", ")} FROM json_each(?)`, [
        JSON.stringify(texts),
      ])
    },
    drop: async (name) => {
      plans.delete(name)
      await using(Effect.flatMap(Sink, ({ reset }) => reset(name)))
      await feedAll()
    },
  }

  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      void (async () => {
        const bearer = request.headers.authorization?.replace("Bearer ", "")
        if (bearer !== token) return void response.writeHead(bearer === undefined ? 401 : 400).end("{}")
        if (request.url !== "/replicate/hub/feed") return void response.writeHead(404).end("{}")
        const { request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as { request: unknown }
        if (hub.slowBy > 0) await new Promise((resolve) => setTimeout(resolve, hub.slowBy))
        response.end(JSON.stringify({ result: await answerFeed(object.execute, "all", asked) }))
      })()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const hub: HubServer = {
    url: new URL(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`),
    token,
    tables,
    slowBy: 0,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await objects.stop()
    },
  }
  await feedAll()
  return hub
}
