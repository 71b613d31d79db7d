import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pluginFiles, pluginFolder } from "./starbasedbPlugin.ts"

mkdirSync(pluginFolder, { recursive: true })
for (const [name, text] of pluginFiles()) writeFileSync(join(pluginFolder, name), text)
