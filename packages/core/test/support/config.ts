import type { TableConfig } from "../../src/config/TableConfig.ts"

/** What the config says of a table that is only named; a test says what is different. */
export const bareConfig: TableConfig = {
  path: "tables[1]",
  source: "shop",
  table: { name: "orders" },
  into: "orders",
  where: [],
  deletes: { kind: "ignore" },
  verify: undefined,
  mode: "incremental",
  drift: "follow",
  batchSize: 5000,
  schedule: { kind: "every", millis: 60_000 },
  adopt: false,
  isListed: false,
}
