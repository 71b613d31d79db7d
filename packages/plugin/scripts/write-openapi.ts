import { writeFileSync } from "node:fs"
import { openApiFile, openApiText } from "./openapi.ts"

writeFileSync(openApiFile, openApiText())
