import { decodeConfig } from "@starbase-replication/core/config"
import { replicate, type TableResult } from "@starbase-replication/core/run"
import type { Connector } from "@starbase-replication/core/source"
import { Sink } from "@starbase-replication/core/sink"
import { answerFeed } from "@starbase-replication/hub"
import { layer } from "@starbase-replication/sink-sqlite"
import { connectorOver } from "@starbase-replication/source-hub"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type FakeClock, makeClock } from "../FakeClock.ts"
import { makeRandom, type Random } from "../log/Random.ts"
import { BrokenPromise } from "../Promises.ts"
import type { WorkerdObject } from "../Workerd.ts"
import { Fate, type Fault, someFault } from "./Fate.ts"
import { foreign, isSame, texts } from "./Rows.ts"
import { Platform, type Used } from "./Platform.ts"
import { fedTables, makeTables, someWrite, tenantsOf } from "./Tenancy.ts"

/** Where histories of fleets are played. */
export interface FleetPlace {
  readonly connector: Connector
  readonly urlOf: (schema: string) => string
  readonly entry: (schema: string) => object
  /** Runs a statement at the source. */
  readonly write: (sql: string) => Promise<unknown>
  /** The rows of a query at the source, as texts. */
  readonly rows: (sql: string) => Promise<ReadonlyArray<ReadonlyArray<string | null>>>
  readonly drop: (schema: string) => string
  readonly object: (name: string) => WorkerdObject
  readonly trace: (line: string) => void
}

/** How large a history is. */
export interface FleetSize {
  readonly tenants: number
  readonly steps: number
  /** How many keys there are. */
  readonly width: number
  /** How many replicas are pulled at a time in the end. */
  readonly atOnce: number
}

/** What a history came to. */
export interface FleetPlayed {
  readonly codes: ReadonlyArray<string>
  readonly looks: number
  readonly rows: number
  /** The most that was asked of the platform at a time. */
  readonly most: Used
}

/** A database that replicates, by its document and its clock. */
interface Member {
  readonly name: string
  readonly object: WorkerdObject
  readonly document: object
  readonly connectorsFor: (fate: Fate) => ReadonlyArray<Connector>
  readonly clock: FakeClock
  readonly look: () => Promise<void>
}

/** Plays one history; rejects with a `BrokenPromise` where a replica has what is another's, or is not right in the end. */
export const playFleet = async (place: FleetPlace, seed: number, size: FleetSize): Promise<FleetPlayed> => {
  const random = makeRandom(seed)
  const schema = `f${seed}_${size.tenants}`
  const { trace } = place
  for (const sql of makeTables(schema)) await place.write(sql)
  const tenants = tenantsOf(size.tenants)
  const codes: Array<string> = []
  let looks = 0
  const platform = new Platform()
  const opened = (name: string): WorkerdObject => {
    const object = place.object(name)
    return { ...object, execute: platform.watch(object.execute) }
  }

  const hub: Member = {
    name: "hub",
    object: opened(`${schema} hub`),
    document: {
      sources: { main: place.entry(schema) },
      replicas: {
        by: { column: "tenant" },
        tables: { plans: "all", inner_notes: "none" },
        // Few, so that some replicas come too late.
        keep: { entries: 20 + random.below(200) },
      },
      tables: [...fedTables.map(({ name }) => name), "inner_notes"].map((table) => ({
        source: "main",
        table,
        batchSize: 1 + random.below(30),
        deletes: { reconcile: "1 minute" },
      })),
    },
    connectorsFor: () => [place.connector],
    clock: makeClock(() => 0),
    look: async () => {},
  }

  const replicas = new Map(
    [...tenants, undefined].map((tenant): [string | undefined, Member] => {
      const object = opened(`${schema} ${tenant === undefined ? "all" : `of ${tenant}`}`)
      const look = async () => {
        if (tenant === undefined) return
        looks += 1
        const found = await foreign(object, tenant)
        if (found !== undefined) throw new BrokenPromise(`The replica of ${JSON.stringify(tenant)} has ${found}`)
      }
      return [
        tenant,
        {
          name: tenant === undefined ? "all" : `of ${JSON.stringify(tenant)}`,
          object,
          document: {
            sources: { hub: { type: "hub" } },
            tables: [{ source: "hub", table: "*", batchSize: 1 + random.below(30) }],
          },
          connectorsFor: (fate) => {
            let requests = 0
            return [
              connectorOver((request) =>
                fate.call(() => {
                  platform.requested(++requests)
                  const asked = platform.carry(request)
                  return answerFeed(hub.object.execute, tenant === undefined ? "all" : { tenant }, asked).then(
                    (answer) => platform.carry(answer),
                  )
                }),
              ),
            ]
          },
          clock: makeClock(() => 0),
          look,
        },
      ]
    }),
  )

  const run = async (
    { name, object, document, connectorsFor, clock, look }: Member,
    fault: Fault | undefined,
    { refresh = false, millis = 20_000 } = {},
  ): Promise<ReadonlyArray<TableResult>> => {
    const fate = new Fate(fault)
    const effect = Effect.gen(function* () {
      const config = yield* decodeConfig(document, {
        connectors: connectorsFor(fate),
        secrets: () => place.urlOf(schema),
      })
      const { tables } = yield* replicate(config, {
        select: "all",
        claim: true,
        refresh,
        budget: {
          millis,
          rows: Number.POSITIVE_INFINITY,
          bytes: Number.POSITIVE_INFINITY,
          queries: Number.POSITIVE_INFINITY,
        },
      })
      return tables
    }).pipe(
      Effect.provide(layer(fate.port(object.execute, look))),
      Effect.provideService(Clock.Clock, clock),
      Effect.catch((error) =>
        Effect.sync((): ReadonlyArray<TableResult> => {
          trace(`   ${name}: ${error.code} ${error.message}`)
          if (error.code === "invalid-config") throw new BrokenPromise(error.message)
          codes.push(error.code)
          return []
        }),
      ),
    )
    const results = (await fate.ended(Effect.runPromise(effect))) ?? []
    if (fate.isDead) codes.push("died")
    for (const { error } of results) {
      codes.push(error?.code ?? "ok")
      if (error?.code === "unknown")
        throw new BrokenPromise(`A run of ${name} failed for no known reason: ${error.message}`)
    }
    trace(
      `   ${name}: ${results.map(({ table, error, written }) => `${table} ${error?.code ?? written}`).join(", ") || "nothing"}`,
    )
    if (fault !== undefined) clock.jump(200_000)
    await look()
    return results
  }

  const someReplica = (): Member => {
    const tenant = random.oneIn(tenants.length + 1) ? undefined : tenants[random.below(tenants.length)]
    return replicas.get(tenant) ?? hub
  }

  const step = async (): Promise<void> => {
    switch (random.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        for (const sql of someWrite(random, schema, tenants, size.width)) await place.write(sql).catch(() => undefined)
        return
      case 5:
      case 6:
      case 7:
        hub.clock.jump(random.oneIn(3) ? 120_000 : 0)
        await run(hub, someFault(random, 60), { refresh: random.oneIn(15), millis: random.oneIn(5) ? 1 : 20_000 })
        return
      case 8: {
        const one = someReplica()
        await Promise.all([run(one, undefined), run(one, undefined), run(someReplica(), someFault(random, 60))])
        return
      }
      case 9:
        return random.oneIn(2) ? disturb(random, hub, someReplica(), trace) : undefined
      default:
        await run(someReplica(), someFault(random, 60), {
          millis: random.oneIn(6) ? 1 : 20_000,
          refresh: random.oneIn(20),
        })
    }
  }

  try {
    for (let at = 0; at < size.steps; at++) {
      trace(`step ${at}`)
      await step()
    }
    const settle = async (member: Member) => {
      for (let tries = 0; tries < 12; tries++) {
        member.clock.jump(1_000_000)
        const results = await run(member, undefined)
        for (const { table, error } of results) {
          if (error?.code === "delete-guard") await bySink(member, ({ confirm }) => confirm(table))
        }
        const isDone = results.length > 0 && results.every(({ more, error }) => !more && error === undefined)
        if (isDone && tries > 0) return
      }
      throw new BrokenPromise(`${member.name} does not come to its end.`)
    }
    await settle(hub)
    let rows = 0
    for (const { name, columns, key } of fedTables) {
      const there = await place.rows(`SELECT ${columns} FROM ${schema}.${name}`)
      rows += there.length
      isSame(`the hub's ${name}`, there, await texts(hub.object, name, columns, key))
    }
    const all = [...replicas]
    for (let at = 0; at < all.length; at += size.atOnce) {
      await Promise.all(
        all.slice(at, at + size.atOnce).map(async ([tenant, member]) => {
          await settle(member)
          for (const { name, columns, key, isOwned } of fedTables) {
            const all = await texts(hub.object, name, columns, key)
            const tenantAt = columns.split(", ").indexOf("tenant")
            const own = isOwned && tenant !== undefined ? all.filter((row) => row[tenantAt] === tenant) : all
            isSame(`${name} ${member.name}`, own, await texts(member.object, name, columns, key))
          }
          const [hidden] = await member.object.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = 'inner_notes'",
            [],
          )
          if (hidden?.[0] !== 0) throw new BrokenPromise(`The replica ${member.name} has a table that is nobody's.`)
        }),
      )
    }
    platform.check()
    return { codes, looks, rows, most: platform.most }
  } finally {
    await place.write(place.drop(schema))
  }
}

/** Does what an operator asks for, where that can be done. */
const bySink = ({ clock, object }: Member, act: (sink: Sink["Service"]) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(Sink, act).pipe(
    Effect.ignore,
    Effect.provide(layer(object.execute)),
    Effect.provideService(Clock.Clock, clock),
    Effect.runPromise,
  )

/** What somebody does to a hub or a replica by hand. */
const disturb = async (random: Random, hub: Member, replica: Member, trace: FleetPlace["trace"]): Promise<void> => {
  const table = random.pick(["orders", "items", "plans"])
  const quietly = (member: Member, sql: string) => member.object.execute(sql, []).catch(() => undefined)
  const what = random.below(6)
  trace(`disturb ${what} ${table} ${replica.name}`)
  switch (what) {
    case 0:
      return bySink(hub, ({ reset }) => reset(table))
    case 1:
      return bySink(replica, ({ reset }) => reset(table))
    case 2:
      await quietly(hub, "DROP TABLE tmp_replication_changes")
      return
    case 3:
      await quietly(hub, `DROP TRIGGER "tmp_replication_changed_au_${table}"`)
      return
    case 4:
      await quietly(hub, `DROP TABLE tmp_replication_hub`)
      return
    default:
      await quietly(hub, `DELETE FROM "${table}" WHERE abs(random()) % 3 = 0`)
      return
  }
}
