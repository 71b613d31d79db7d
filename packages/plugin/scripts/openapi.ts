import { join } from "node:path"
import { makeOpenApi } from "../src/internal/routes/openapi.ts"

/** Where the published OpenAPI document stands. */
export const openApiFile = join(import.meta.dirname, "../openapi.json")

/** What it must hold. */
export const openApiText = (): string => `${JSON.stringify(makeOpenApi(), null, 2)}\n`
