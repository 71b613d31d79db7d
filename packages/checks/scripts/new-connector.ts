import { parseArgs } from "node:util"
import { newConnector } from "./newConnector.ts"

const usage = `new:connector NAME [--sql] [--out FOLDER]

Makes packages/source-NAME, or with --out a package of your own in another folder, from its template. With
--sql it begins with @starbase-replication/sql-source, which makes most of a source that speaks SQL.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string" }, sql: { type: "boolean" } },
})
const [name, ...rest] = positionals
if (name === undefined || rest.length > 0) {
  console.error(usage)
  process.exitCode = 1
} else {
  try {
    const { folder, next } = await newConnector(name, values)
    console.log(
      `Made ${folder}. Next, as docs/adding-a-source.md tells:\n${next.map((line) => `  ${line}`).join("\n")}`,
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
