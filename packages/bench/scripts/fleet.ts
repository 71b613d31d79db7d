import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fleetTable } from "../src/fleet/table.ts"

const page = join(import.meta.dirname, "../../../docs/fleet.md")
const text = await readFile(page, "utf8")
await writeFile(
  page,
  text.replace(/<!-- fleet -->[^]*<!-- \/fleet -->/, `<!-- fleet -->\n\n${fleetTable()}\n\n<!-- /fleet -->`),
)
