import { readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../../..")

/** Where the folder stands that goes into StarbaseDB's own tree. */
export const pluginFolder = join(root, "packages/plugin/starbasedb/plugins/replication")

const templates = join(import.meta.dirname, "../templates/starbasedb")

/** What StarbaseDB itself reads of these, and the plugin by what StarbaseDB makes of them. */
const variables = {
  EXTERNAL_DB_TYPE: 'postgresql or mysql: the instance\'s external database is the source "external"',
  EXTERNAL_DB_HOST: "Its host",
  EXTERNAL_DB_PORT: "Its port",
  EXTERNAL_DB_USER: "A user that may read",
  EXTERNAL_DB_DATABASE: "Its name",
  EXTERNAL_DB_DEFAULT_SCHEMA: "The schema of tables that are named without one",
}

const secrets = {
  EXTERNAL_DB_PASS: "The password of the external database",
  "*": 'Whatever the config names by { "secret": "NAME" }, and a HYPERDRIVE binding',
}

/** StarbaseDB's own form of a plugin's metadata, from the package's: with what it reads beside what it makes. */
const meta = (): string => {
  const { dependencies, resources, version } = JSON.parse(readFileSync(join(root, "packages/plugin/meta.json"), "utf8"))
  const whole = { version, resources, dependencies: { ...dependencies, secrets, variables } }
  return `${JSON.stringify(whole, null, 4)}\n`
}

/** The fields of a table in the config, as the documentation has them: name, what holds without it, what it is. */
const fields = (): string => {
  const config = readFileSync(join(root, "docs/config.md"), "utf8")
  const [, own = ""] = config.split("\n## `tables[]`\n")
  const [section = ""] = own.split("\n## ")
  const rows = section.split("\n").filter((line) => line.startsWith("|"))
  return rows
    .map((row) => {
      const [, name = "", , without = "", what = ""] = row.split("|").map((cell) => cell.trim())
      return /^-+$/.test(name) ? "| --- | --- | --- |\n" : `| ${name} | ${without} | ${what} |\n`
    })
    .join("")
}

/** The files of the folder, by their names. */
export const pluginFiles = (): ReadonlyMap<string, string> => {
  const own = (name: string) => readFileSync(join(templates, `${name}.txt`), "utf8")
  return new Map([
    ["index.ts", own("index.ts")],
    ["index.test.ts", own("index.test.ts")],
    ["meta.json", meta()],
    ["README.md", own("README.md").replace("{{fields}}\n", fields())],
  ])
}
