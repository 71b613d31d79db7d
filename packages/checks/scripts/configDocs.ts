import { readFileSync } from "node:fs"
import { join } from "node:path"
import { jsonSchema } from "@starbase-replication/core/config"
import { connectors } from "@starbase-replication/worker/src/connectors.ts"
import { type Described, makeReference, type Part } from "./configReference.ts"

const root = join(import.meta.dirname, "../../..")

/** A file that holds what the schema says of the document, and its text as that would have it. */
export interface Written {
  readonly file: string
  readonly text: string
}

const schema: Described = jsonSchema(connectors)
const { parts, table } = makeReference(schema)
const { sources, ...rest } = schema.properties ?? {}
const entries = typeof sources?.additionalProperties === "object" ? (sources.additionalProperties.anyOf ?? []) : []

/** The parts of a source's entry, by its type. */
const entryOf = (type: string): ReadonlyArray<Part> => {
  const entry = entries.find(({ properties }) => properties?.["type"]?.enum?.includes(type) === true)
  return entry === undefined ? [] : parts("", entry)
}

const readmeOf = (type: string): string => `packages/source-${type}/README.md`

/** One field after the other, under a heading that says where in the document they stand. */
const section = (level: string, { path, schema: { description } }: Part, own: Part, name = path): string =>
  `${level} \`${name}\`\n\n${description === undefined ? "" : `${description}\n\n`}${table(own)}\n`

const page = (): Written => {
  const [document, ...others] = parts("", { ...schema, properties: { ...rest, sources: {} } })
  const told = document === undefined ? [] : [table({ path: "", schema })]
  const ofDocument = others.map((part) => section("##", part, part))
  const ofSources = connectors.map(({ type }) => {
    const link = `What it takes, and what is exact: [source-${type}](../${readmeOf(type)}).\n\n`
    const [entry, ...below] = entryOf(type)
    const own = entry === undefined ? "" : `### \`"type": "${type}"\`\n\n${link}${table(entry)}\n`
    return [own, ...below.map((part) => section("####", part, part, `sources.NAME.${part.path}`))].join("\n")
  })
  const text = `${intro}\n## The document\n\n${told.join("")}\n\n${ofDocument.join("\n")}\n${ofSourcesIntro}\n${ofSources.join("\n")}`
  return { file: join(root, "docs/config.md"), text }
}

const intro = `# The config, field by field

<!-- Written by \`pnpm run schema\` in packages/checks, from the schema that the code decodes by. -->

[The README](../README.md#the-config) has an example. It is the same for the plugin's constructor, whose type knows these
fields, the Worker's \`REPLICATION_CONFIG\` and \`start\`. What cursors, deletes, drift and verification promise is in
[guarantees](guarantees.md). An editor knows all of this by
\`"$schema": "./node_modules/@starbase-replication/plugin/replication.schema.json"\`.

- A _duration_ is a text such as \`"30 seconds"\`, \`"5 minutes"\` or \`"1 hour"\`.
- A _secret_ is \`{ "secret": "NAME" }\`: the name under which the deployment keeps it. No secret stands in a config.
- _by name_ is an object whose fields you name: \`{ "shop": … }\`.
- A field that is not listed here is refused, and every problem is told at once, with its path.
`

const ofSourcesIntro = `## \`sources.NAME\`

Where rows come from, each by a name of your own. In StarbaseDB, \`external\` is there without an entry, and
the field may be left out.
`

const begin = "<!-- settings: written by `pnpm run schema` in packages/checks -->"
const end = "<!-- end of settings -->"

/** A connector's README with the settings of its entry between two marks. */
const readme = (type: string): Written => {
  const file = join(root, readmeOf(type))
  const [before, marked = ""] = readFileSync(file, "utf8").split(begin)
  const [, after] = marked.split(end)
  if (after === undefined) throw new Error(`${file} has not the marks ${begin} and ${end}`)
  const [entry, ...below] = entryOf(type)
  const more = below.map((part) => `\nEach of \`${part.path.replace(".NAME", "")}\`:\n\n${table(part)}\n`)
  const settings = entry === undefined ? "" : `${table(entry)}\n${more.join("")}`
  return { file, text: `${before}${begin}\n\n${settings}\n${end}${after}` }
}

/** What `pnpm run schema` writes beside the schema. */
export const writtenDocs = (): ReadonlyArray<Written> => [page(), ...connectors.map(({ type }) => readme(type))]
