import { sortKey } from "@starbase-replication/core/sink"
import type { Cell } from "./Snapshot.ts"
import type { Shape } from "./Shape.ts"

/** The columns of every table that its replica may call otherwise; no history drops them. */
const others: Readonly<Record<string, string>> = { k: 'the "key"', c: "C at" }

/** A column's name in the replica. */
export const nameInReplica = ({ isRenamed }: Shape, name: string): string =>
  (isRenamed ? others[name] : undefined) ?? name

/** The name at the source of a column of the replica. */
export const nameAtSource = ({ isRenamed }: Shape, name: string): string =>
  (isRenamed ? Object.keys(others).find((one) => others[one] === name) : undefined) ?? name

/** Whether a pattern leaves a column out: some that a table has from the beginning, and some that it gets. */
export const isLeftOut = ({ isRenamed }: Shape, name: string): boolean => isRenamed && /^v[13]/.test(name)

/** What the config says so that the replica looks like this. */
export const dress = (shape: Shape): object => ({ ...namesOf(shape), ...indexesOf(shape) })

const indexesOf = ({ isIndexed, isCounted, cursor }: Shape): object => {
  if (!isIndexed) return {}
  const hasCursor = cursor !== undefined && cursor !== "id"
  return {
    indexes: [...(isCounted ? [["rev"]] : []), ...(hasCursor ? [["c", "k"]] : [])],
    ...(isCounted ? { as: { rev: "sortable" } } : {}),
  }
}

/** The columns that the replica has beside the source's, given a row's. */
export const added = ({ isIndexed, isCounted }: Shape, row: ReadonlyMap<string, Cell>): ReadonlyMap<string, Cell> => {
  if (!isIndexed || !isCounted) return new Map()
  const rev = row.get("rev") ?? null
  return new Map([["rev_sort", rev === null ? null : `t:${sortKey(rev.slice(2))}`]])
}

const namesOf = ({ isRenamed, cursor }: Shape): object => {
  if (!isRenamed) return {}
  const names = Object.entries(others).filter(([name]) => name === "k" || (cursor !== undefined && cursor !== "id"))
  return { rename: Object.fromEntries(names), columns: ["*", "-v1*", "-v3*"] }
}
