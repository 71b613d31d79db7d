import { writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { uiFile, uiText } from "./ui.ts"

const text = await uiText()
writeFileSync(uiFile, text)
console.log(`${uiFile}: ${text.length} bytes, ${gzipSync(text, { level: 9 }).length} with gzip`)
