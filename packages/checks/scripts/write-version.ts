import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { filesWithVersion } from "./version.ts"

for (const { path, text } of filesWithVersion()) writeFileSync(join(import.meta.dirname, "../../..", path), text)
