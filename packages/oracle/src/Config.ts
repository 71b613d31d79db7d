import { dress } from "./Dress.ts"
import { maskEntries } from "./Masks.ts"
import { isKeyless, type Shape } from "./Shape.ts"
import type { SubjectTable } from "./Subject.ts"

/** The replica table of every history. */
export const into = "t"

const deletes = {
  ignore: "ignore",
  soft: { softDelete: "gone" },
  reconcile: { reconcile: "0 seconds" },
  hourly: { reconcile: "1 hour" },
} as const

/** The replication document of a history. */
export const documentOf = (shape: Shape, table: SubjectTable, isPatient: boolean) => {
  const cursor = shape.cursor === undefined ? undefined : shape.cursor === "id" ? "k" : "c"
  // Nothing tells the key of a materialized view.
  const key =
    shape.form === "materialized" && !isKeyless(shape) ? { key: shape.key === "composite" ? ["k", "k2"] : ["k"] } : {}
  const isTime = shape.cursor !== "sequence" && shape.cursor !== "id"
  return {
    sources: { main: table.entry(isPatient) },
    tables: [
      {
        source: "main",
        table: table.name,
        into,
        ...key,
        ...dress(shape),
        ...maskEntries(shape),
        ...(cursor === undefined ? {} : { cursor }),
        ...(cursor === undefined || shape.overlaps ? {} : { overlap: isTime ? "0 seconds" : 0 }),
        ...(shape.isFiltered ? { where: [{ column: "n", op: "gt", value: 2 }] } : {}),
        ...(shape.isFull ? { mode: "full" } : {}),
        deletes: deletes[shape.deletes],
        drift: shape.drift,
        batchSize: shape.batchSize,
      },
    ],
  }
}
