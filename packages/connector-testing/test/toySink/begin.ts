import {
  type BeginOptions,
  type ConnectorError,
  formatTableName,
  maskIdentity,
  nameInReplica,
  type Plan,
  replicaType,
} from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"
import { type Data, type Meta, newMeta, refuse, type Replica, type Shape, type ToyStore, versionOf } from "./store.ts"

export const leaseMillis = 60_000

/** What a run begins with. */
export interface Start {
  readonly plan: Plan
  readonly token: string
  /** The lease that the run found; its own where it has claimed the table. */
  readonly previous: string
  readonly target: "live" | "next"
  readonly meta: Meta
  readonly startedAt: number
}

/** The meta of a run's table, where the run may write. */
export const held = (data: Data, { plan, token, previous }: Start, now: number): Meta => {
  const meta = data.metas.get(plan.into)
  const isHeld = meta?.lease === token || (meta?.lease === previous && meta.leaseUntil <= now)
  return meta !== undefined && isHeld ? meta : refuse("lease-lost", "another run has taken the table")
}

const shapeOf = (plan: Plan): Shape => ({
  columns: [...plan.columns, ...(plan.blank ?? [])].map((column) => {
    const type = `${replicaType(column)} ${column.mask === undefined ? "" : maskIdentity(column.mask)}`
    return [column.name, type, nameInReplica(column)]
  }),
  key: plan.key,
  cursor: plan.cursor?.name,
})

const changes = (before: Shape, now: Shape): ReadonlyArray<string> => {
  const names = new Set([...before.columns, ...now.columns].map(([name]) => name))
  const typeIn = ({ columns }: Shape, name: string) =>
    columns
      .find(([one]) => one === name)
      ?.slice(1)
      .join(" ")
  return [
    ...[...names].filter((name) => typeIn(before, name) !== typeIn(now, name)).map((name) => `column ${name} changed`),
    ...(isDeepStrictEqual(before.key, now.key) ? [] : ["key changed"]),
  ]
}

const freeze = (live: Replica, plan: Plan): Plan => {
  const columns = live.shape.columns.flatMap(([name]) => plan.columns.find((column) => column.name === name) ?? [])
  return columns.length === live.shape.columns.length ? { ...plan, columns } : plan
}

/** Begins a run, in one step; where the plan is older than what is there, in two between which the table is held. */
export const begin = Effect.fnUntraced(function* (
  store: ToyStore,
  planned: Plan,
  { claim, refresh, seen, again }: BeginOptions,
): Effect.fn.Return<Start, ConnectorError> {
  const startedAt = yield* Clock.currentTimeMillis
  const token = crypto.randomUUID()
  const metaOf = (data: Data) =>
    data.metas.get(planned.into) ?? newMeta(planned.source, formatTableName(planned.table.name))
  const found = store.data.metas.get(planned.into)
  const isStale = found === undefined ? seen !== undefined : found.leaseUntil !== 0 || versionOf(found) !== seen
  if (isStale) {
    yield* store.step((data) => {
      const meta = metaOf(data)
      if (meta.leaseUntil > startedAt) refuse("busy", `a run of ${planned.into} is under way`)
      data.metas.set(planned.into, { ...meta, lease: token, leaseUntil: startedAt + leaseMillis })
    })
  }
  const release = store.step((data) => {
    data.metas.set(planned.into, { ...metaOf(data), leaseUntil: 0 })
  })
  const asked = isStale ? yield* Effect.onError(again, () => Effect.ignore(release)) : planned
  return yield* store.step((data): Start => {
    const meta = metaOf(data)
    if (meta.leaseUntil > startedAt && !isStale) refuse("busy", `a run of ${asked.into} is under way`)
    const plan = meta.live !== undefined && asked.drift === "freeze" ? freeze(meta.live, asked) : asked
    const wantsNext = meta.next !== undefined || (refresh && meta.isComplete)
    const isReady = meta.live !== undefined && isDeepStrictEqual(meta.live.shape, shapeOf(plan)) && !wantsNext
    if (isReady && !claim && !isStale) {
      return { plan, token, previous: meta.lease, target: "live", meta: structuredClone(meta), startedAt }
    }
    const target = prepare(data, meta, plan, { asked, refresh, now: startedAt })
    meta.lease = token
    meta.leaseUntil = startedAt + leaseMillis
    meta.written = 0
    meta.deleted = 0
    data.metas.set(asked.into, meta)
    return { plan, token, previous: token, target, meta: structuredClone(meta), startedAt }
  })
})

/** The run as it stands now, or one that builds the replica anew. */
export const renewed = (data: Data, start: Start, refresh: boolean, now: number): Start => {
  const { plan, token } = start
  const meta = held(data, start, now)
  if (meta.lease !== token) meta.written = meta.deleted = 0
  meta.lease = token
  meta.leaseUntil = now + leaseMillis
  const isComplete = meta.isComplete || refresh
  const target = prepare(data, Object.assign(meta, { isComplete }), plan, { asked: plan, refresh, now })
  return { ...start, previous: token, target, meta: structuredClone(meta) }
}

/** Makes the tables that a run needs, and says which of them it fills. */
const prepare = (
  data: Data,
  meta: Meta,
  plan: Plan,
  { asked, refresh, now }: { readonly asked: Plan; readonly refresh: boolean; readonly now: number },
): Start["target"] => {
  const shape = shapeOf(plan)
  const make = (table: string): Replica => {
    data.tables.set(table, {
      columns: shape.columns.map(([, , into]) => into),
      isOurs: true,
      rows: new Map(),
      unique: undefined,
    })
    return { shape, table, position: undefined }
  }
  if (meta.live === undefined) {
    const found = data.tables.get(plan.into)
    const hasAll = found !== undefined && shape.columns.every(([, , into]) => found.columns.includes(into))
    if (found !== undefined && (!plan.adopt || !hasAll)) refuse("table-not-ours", `${plan.into} is somebody else's`)
    meta.live = found === undefined ? make(plan.into) : { shape, table: plan.into, position: undefined }
    return "live"
  }
  const drift = changes(meta.live.shape, shapeOf(asked))
  if (drift.length > 0) meta.drift = { at: now, changes: drift }
  const differs = changes(meta.live.shape, shape)
  if (differs.length > 0 && asked.drift !== "follow" && !refresh) refuse("schema-changed", differs.join(", "))
  if (differs.length > 0 || meta.next !== undefined || (refresh && meta.isComplete)) {
    const isOther = meta.next === undefined || changes(meta.next.shape, shape).length > 0
    if (plan.whole !== undefined) meta.rejects.clear()
    if (isOther || plan.whole !== undefined) meta.next = make(`next ${plan.into}`)
    return "next"
  }
  if (meta.live.shape.cursor !== shape.cursor) {
    meta.live = { ...meta.live, shape, position: undefined }
    meta.ranges = undefined
  }
  return "live"
}
