import { literal } from "../quote.ts"
import { type Described, encodeDescribed } from "./described.ts"
import { drawn } from "./store.ts"
import { triggersThere } from "./there.ts"
import { createTenantIndex, createTriggers, dropTriggers } from "./triggers.ts"

/** The triggers that a table is to have, as the text that `triggersThere` gives. */
export const triggersWanted = (into: string, described: Described): string =>
  createTriggers(into, described)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ sql }) => sql)
    .join("\n")

/**
 * Statements after which a table's changes are logged, under another generation. It is fed only where `holds` does then, such
 * as that its plan is still the one that it is described by: what comes in between is known to nobody.
 */
export const feedTable = (into: string, described: Described, holds: string): ReadonlyArray<string> => [
  ...starveTable(into),
  ...createTriggers(into, described).map(({ sql }) => sql),
  ...createTenantIndex(into, described),
  `INSERT INTO tmp_replication_fed (name, generation, described, triggers)
    SELECT ${[into, drawn(), encodeDescribed(described)].map(literal).join(", ")}, ${triggersThere(literal(into))} WHERE ${holds}`,
]

/** Statements by which one that has taken the place of a table is fed in its stead, if that was still fed as it is known to be. */
export const refeedTable = (
  into: string,
  described: Described,
  generation: { readonly was: string; readonly is: string },
): ReadonlyArray<string> => [
  ...createTriggers(into, described).map(({ sql }) => sql),
  ...createTenantIndex(into, described),
  `UPDATE tmp_replication_fed SET generation = ${literal(generation.is)}, described = ${literal(encodeDescribed(described))},
    triggers = ${triggersThere(literal(into))} WHERE name = ${literal(into)} AND generation = ${literal(generation.was)}`,
]

/** Statements after which a table's changes are not logged any more. */
export const starveTable = (into: string): ReadonlyArray<string> => [
  `DELETE FROM tmp_replication_fed WHERE name = ${literal(into)}`,
  ...dropTriggers(into),
]

/** That a replica table was whole once and is made by a plan. */
export const isMadeBy = (into: string, planText: string): string =>
  `EXISTS (SELECT 1 FROM tmp_replication_tables WHERE name = ${literal(into)} AND synced_at IS NOT NULL AND plan = ${literal(planText)})`
