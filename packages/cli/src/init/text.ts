import { toJson } from "../print/clean.ts"
import type { ProposedDocument } from "./Proposal.ts"

/** The document as a file of JSON, with an entry of `tables` in a line. */
export const jsonText = ({ sources, tables }: ProposedDocument): string =>
  `{
  "sources": {
${lines(Object.entries(sources), ([name, entry]) => `    ${toJson(name)}: ${spaced(entry, toJson)}`)}
  },
  "tables": [
${lines(tables, (entry) => `    ${spaced(entry, toJson)}`)}
  ]
}
`

/** The document as an expression of TypeScript, each line after the first indented by so many blanks. */
export const sourceText = ({ sources, tables }: ProposedDocument, indent = 0): string =>
  `{
  sources: {
${lines(Object.entries(sources), ([name, entry]) => `    ${property(name)}: ${spaced(entry, property)},`, "")}
  },
  tables: [
${lines(tables, (entry) => `    ${spaced(entry, property)},`, "")}
  ],
}`.replaceAll("\n", `\n${" ".repeat(indent)}`)

const lines = <A>(values: ReadonlyArray<A>, line: (value: A) => string, between = ","): string =>
  values.map(line).join(`${between}\n`)

const property = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : toJson(name))

/** A value in one line, with blanks where one would write them. */
const spaced = (value: unknown, key: (name: string) => string): string => {
  if (Array.isArray(value)) return `[${value.map((one) => spaced(one, key)).join(", ")}]`
  if (typeof value !== "object" || value === null) return toJson(value)
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${key(name)}: ${spaced(one, key)}`)
    .join(", ")} }`
}
