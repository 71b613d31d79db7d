import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { schemaFile, schemaText } from "../scripts/schema.ts"

it("the published JSON Schema is that of the code; `pnpm --filter checks schema` writes it", () => {
  expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(JSON.parse(schemaText()))
})
