import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { TableConfig } from "../src/config/TableConfig.ts"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import { missingTable } from "../src/run/TableRun.ts"
import { Source, type SourceShape } from "../src/source/Source.ts"

const told = (list: SourceShape["list"], more: Partial<SourceShape> = {}) => {
  const unused = Effect.die("this is not asked for")
  const source: SourceShape = {
    list,
    describe: () => unused,
    read: () => unused,
    lookup: () => unused,
    highest: () => unused,
    ...more,
  }
  const table = { path: "tables[0]", table: { schema: "shop", name: "order" } } as TableConfig
  return Effect.runPromise(Effect.provideService(missingTable(table), Source, source))
}

it("a missing table is told with the nearest name that is there", async () => {
  const error = await told(() => Effect.succeed([{ schema: "shop", name: "orders" }]))
  expect(error.code).toBe("table-missing")
  expect(error.message).toMatch(/^tables\[0\]\.table: no table shop\.order at the source.*shop\.orders/)
})

it("and with what the source knows to do where it does not have the schema", async () => {
  const missing = new ConnectorError({ code: "table-missing", message: "gone", hint: "Expose the schema." })
  expect((await told(() => Effect.fail(missing))).hint).toBe("Expose the schema.")
  const down = new ConnectorError({ code: "unreachable", message: "down", hint: "Look at the network." })
  const error = await told(() => Effect.fail(down))
  expect([error.code, error.hint]).toEqual(["table-missing", undefined])
})

it("or with the source's own reason", async () => {
  const forbidden = new ConnectorError({ code: "forbidden", message: "not for you" })
  const down = new ConnectorError({ code: "unreachable", message: "down" })
  const list = () => Effect.succeed([{ schema: "shop", name: "orders" }])
  expect(await told(list, { whyMissing: () => Effect.succeed(forbidden) })).toBe(forbidden)
  expect(await told(list, { whyMissing: () => Effect.fail(down) })).toBe(down)
  expect((await told(list, { whyMissing: () => Effect.succeed(undefined) })).code).toBe("table-missing")
})
