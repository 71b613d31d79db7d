import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { nearest } from "../error/suggest.ts"
import type { Fan, Fanning } from "../table/Fan.ts"
import { toMillis } from "../source/Settings.ts"
import { ReplicationDocument } from "./Document.ts"
import type { TableConfig } from "./TableConfig.ts"

type Written = NonNullable<(typeof ReplicationDocument.Type)["replicas"]>

/** Who replicates from here, and what of it. */
export interface Replicas extends Fanning {
  /** Whether each tenant gets the rows of its own. */
  readonly hasTenants: boolean
  /** The places that have a replica of all that everybody gets. */
  readonly regions: ReadonlyArray<string>
  /** How old a replica's rows may be where its reader does not say, in milliseconds. */
  readonly staleness: number
}

const defaultAge = "1 day"
const defaultEntries = 100_000
const defaultStaleness = "5 seconds"

/** What the document says of replicas comes to. Without `by`, everybody gets each table that nothing else is said of. */
export const toReplicas = ({ by, tables = {}, regions = [], staleness, keep = {} }: Written): Replicas => {
  const own = new Map(Object.entries(tables))
  const usual: Fan = by ?? "all"
  return {
    hasTenants: by !== undefined || [...own.values()].some((fan) => typeof fan === "object"),
    regions,
    staleness: toMillis(staleness ?? defaultStaleness),
    fanOf: (into) => own.get(into) ?? usual,
    keep: { age: toMillis(keep.age ?? defaultAge), entries: keep.entries ?? defaultEntries },
  }
}

/** What is wrong with it, each problem with its path. */
export const replicasProblems = (
  { tables = {}, regions = [] }: Written,
  known: ReadonlyArray<TableConfig>,
  hasWildcards: boolean,
): ReadonlyArray<string> => {
  const names = known.map(({ into }) => into)
  const unknown = Object.keys(tables).flatMap((into) =>
    hasWildcards || names.includes(into)
      ? []
      : [`replicas.tables.${into}: no replica table "${into}"${nearest(into, names)}`],
  )
  const doubles = regions.flatMap((region, at) =>
    regions.indexOf(region) < at ? [`replicas.regions[${at}]: "${region}" is there already`] : [],
  )
  return [...unknown, ...doubles]
}

const decode = Schema.decodeUnknownOption(Schema.Struct({ replicas: ReplicationDocument.fields.replicas }))

/** What a document, or its text, says of replicas alone, whatever else is in it; undefined where that is nothing, or wrong. */
export const readReplicas = (document: unknown): Replicas | undefined => {
  const { replicas } = Option.getOrElse(decode(parsed(document)), () => ({ replicas: undefined }))
  return replicas === undefined ? undefined : toReplicas(replicas)
}

const parsed = (document: unknown): unknown => {
  if (typeof document !== "string") return document
  try {
    return JSON.parse(document)
  } catch {
    return undefined
  }
}
