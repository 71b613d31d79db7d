import { tokenOf } from "../mask/Mask.ts"
import type { MaskKey } from "../mask/MaskKey.ts"
import type { Key } from "../table/Key.ts"
import type { Plan, PlanColumn } from "./Plan.ts"

/** The columns of a plan's key. */
export const keyColumns = ({ key, columns }: Plan): ReadonlyArray<PlanColumn> =>
  key.flatMap((name) => columns.find((column) => column.name === name) ?? [])

const keyOfMask = ({ mask }: PlanColumn): MaskKey | undefined => (mask?.kind === "hmac" ? mask.key : undefined)

/** Whether the replica has other keys than the source, so that it cannot be asked for one of the replica's. */
export const hasMaskedKey = (plan: Plan): boolean => keyColumns(plan).some(({ mask }) => mask !== undefined)

/** Makes the function that gives the replica's key for one of the source. */
export const keyInReplica = (plan: Plan): ((key: Key) => Key) => {
  if (!hasMaskedKey(plan)) return (key) => key
  const masks = keyColumns(plan).map((column) => {
    const key = keyOfMask(column)
    return key === undefined ? undefined : tokenOf(key, column.type)
  })
  return (key) => key.map((value, at) => masks[at]?.(value) ?? value)
}

/** By what is sealed that a table's state keeps of values which are masked; undefined where no column has a secret. */
export const sealingKey = (plan: Plan): MaskKey | undefined =>
  [...keyColumns(plan), ...plan.columns].flatMap((column) => keyOfMask(column) ?? [])[0]

/** Whether values are read that the replica must not have. */
export const readsMasked = ({ columns }: Pick<Plan, "columns">): boolean =>
  columns.some(({ mask }) => mask !== undefined)
