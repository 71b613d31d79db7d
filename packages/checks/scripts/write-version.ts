import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { filesMadeOfThem, filesWithVersion } from "./version.ts"

const write = ({ path, text }: { readonly path: string; readonly text: string }) =>
  writeFileSync(join(import.meta.dirname, "../../..", path), text)

filesWithVersion().forEach(write)
filesMadeOfThem().forEach(write)
