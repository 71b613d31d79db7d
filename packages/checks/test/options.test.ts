import type { connector as mysql } from "@starbase-replication/source-mysql"
import { connector as postgres } from "@starbase-replication/source-postgres"
import { describe, expect, expectTypeOf, it } from "vitest"
import { ReplicationPlugin, type ReplicationOptions, type StarbaseDataSource } from "@starbase-replication/plugin"
import document from "./fixtures/document.json" with { type: "json" }

type Config = NonNullable<ReplicationOptions<readonly [typeof postgres, typeof mysql]>["config"]>
type Written = Exclude<Config, string>
type Table = Written["tables"][number]

describe("the config's type", () => {
  it("knows the document's fields, and those of the connectors that are given", () => {
    expectTypeOf<keyof Table>().toEqualTypeOf<
      | "source"
      | "table"
      | "into"
      | "cursor"
      | "overlap"
      | "key"
      | "whole"
      | "columns"
      | "rename"
      | "mask"
      | "indexes"
      | "as"
      | "where"
      | "except"
      | "deletes"
      | "verify"
      | "mode"
      | "drift"
      | "batchSize"
      | "every"
      | "cron"
      | "timeZone"
      | "adopt"
    >()
    type Entry = NonNullable<Written["sources"]>[string]
    expectTypeOf<Extract<Entry, { readonly tinyint1?: unknown }>["type"]>().toExtend<string>()
    expectTypeOf<{ type: "postgres"; url: { secret: string } }>().toExtend<Entry>()
    expectTypeOf<{ type: "postgres"; url: string }>().not.toExtend<Entry>()
    expectTypeOf<{ source: string; table: number }>().not.toExtend<Table>()
    expectTypeOf<{ source: string }>().not.toExtend<Table>()
  })

  it("takes a text, and what comes from JSON, and is taken by code that knows no connector", () => {
    expectTypeOf(document).toExtend<Config>()
    expectTypeOf<string>().toExtend<Config>()
    expectTypeOf<ReturnType<typeof JSON.parse>>().toExtend<Config>()
    expectTypeOf<ReplicationOptions<readonly [typeof postgres]>>().toExtend<ReplicationOptions>()
    expectTypeOf<42>().not.toExtend<Config>()
  })
})

it("what the type lets through is checked as anything else is", async () => {
  const dataSource: StarbaseDataSource = { rpc: { executeQuery: () => Promise.resolve({ rows: [] }) } }
  const plugin = new ReplicationPlugin({
    connectors: [postgres],
    config: { tables: [{ source: "shop", table: "orders", mode: "ful" }], log: "off" },
  })
  await expect(plugin.runDue(dataSource)).rejects.toMatchObject({
    code: "invalid-config",
    message: expect.stringContaining("tables[0].mode"),
  })
  for (const config of ["{", undefined]) {
    const empty = new ReplicationPlugin({ connectors: [postgres], config })
    await expect(empty.runDue(dataSource)).rejects.toMatchObject({ code: "invalid-config" })
  }
})
