import { writeFileSync } from "node:fs"
import { writtenDocs } from "./configDocs.ts"
import { schemaFile, schemaText } from "./schema.ts"

writeFileSync(schemaFile, schemaText())
for (const { file, text } of writtenDocs()) writeFileSync(file, text)
