import { xidOf } from "./events.ts"

/** What a statement of the log is, as far as it is understood. */
export type Statement =
  | { readonly kind: "begin" | "commit" | "rollback" | "undo" | "nothing" }
  | { readonly kind: "xa"; readonly does: "begin" | "end" | "commit" | "rollback"; readonly xid: string }
  | { readonly kind: "truncate"; readonly schema: string | undefined; readonly name: string }
  /** What changes the definition of tables, or takes their rows along: which ones `mayConcern` tells. */
  | { readonly kind: "definition" }
  /** What writes rows, or may. */
  | { readonly kind: "unknown" }

/** What the server alone is to read in a comment is read like all else; other comments are none of it. */
const words = (text: string): string =>
  text
    .replaceAll(/\/\*M?!\d{0,6}/g, " ")
    .replaceAll(/\/\*[^]*?\*\//g, " ")
    .replaceAll("*/", " ")
    .replaceAll(/^\s*(?:(?:--\s|#)[^\n]*(?:\n|$)\s*)+/g, "")
    .trim()

const name = "(?:`(?:[^`]|``)+`|[0-9A-Za-z_$]+)"
const definer = "(?:`[^`]*`|'[^']*'|\"[^\"]*\"|\\w+)(?:\\s*@\\s*(?:`[^`]*`|'[^']*'|\"[^\"]*\"|[\\w.%]+))?(?:\\(\\))?"

/** What has no rows of its own, or changes none. */
const harmless = new RegExp(
  "^(?:" +
    [
      "(?:GRANT|REVOKE|FLUSH)\\b",
      "SET\\s+(?:PASSWORD|DEFAULT\\s+ROLE)\\b",
      "(?:ANALYZE|OPTIMIZE)\\s+(?:(?:NO_WRITE_TO_BINLOG|LOCAL)\\s+)?TABLES?\\b",
      "(?:CREATE|DROP)(?:\\s+OR\\s+REPLACE)?\\s+TEMPORARY\\s+TABLES?\\b",
      "CREATE(?:\\s+OR\\s+REPLACE)?(?:\\s+(?:UNIQUE|FULLTEXT|SPATIAL|VECTOR))?\\s+INDEX\\b",
      "DROP\\s+INDEX\\b",
      // A table that is followed is there, and stays as it is.
      "CREATE\\s+TABLE\\s+IF\\s+NOT\\s+EXISTS\\b",
      `(?:CREATE|ALTER|DROP)(?:\\s+OR\\s+REPLACE)?(?:\\s+ALGORITHM\\s*=\\s*\\w+)?(?:\\s+DEFINER\\s*=\\s*${definer})?` +
        "(?:\\s+SQL\\s+SECURITY\\s+\\w+)?(?:\\s+AGGREGATE)?\\s+(?:USER|ROLE|VIEW|PROCEDURE|FUNCTION|TRIGGER|EVENT|SERVER|PACKAGE)\\b",
      "RENAME\\s+USER\\b",
    ].join("|") +
    ")",
  "i",
)

const truncate = new RegExp(
  `^\\s*TRUNCATE(?:\\s+TABLE)?\\s+(?:(${name})\\s*\\.\\s*)?(${name})\\s*(?:NOWAIT|WAIT\\s+\\d+)?\\s*;?\\s*$`,
  "i",
)
const xaForm = /^XA\s+(START|BEGIN|END|COMMIT|ROLLBACK)\s+X'([0-9a-f]*)',\s*X'([0-9a-f]*)',\s*(\d+)/i
const definition = /^(?:ALTER|CREATE|DROP|RENAME|TRUNCATE|REPAIR|IMPORT)\b/i

const unquoted = (written: string): string =>
  written.startsWith("`") ? written.slice(1, -1).replaceAll("``", "`") : written

const xaDoes = new Map<string, "begin" | "end" | "commit" | "rollback">([
  ["START", "begin"],
  ["BEGIN", "begin"],
  ["END", "end"],
  ["COMMIT", "commit"],
  ["ROLLBACK", "rollback"],
])

/** Reads what a statement is; what is not understood is `unknown`. */
export const readStatement = (text: string): Statement => {
  const read = words(text)
  if (/^(?:BEGIN|START\s+TRANSACTION)\s*;?$/i.test(read)) return { kind: "begin" }
  if (/^COMMIT\s*;?$/i.test(read)) return { kind: "commit" }
  if (/^ROLLBACK\s*;?$/i.test(read)) return { kind: "rollback" }
  if (/^ROLLBACK\s+(?:WORK\s+)?TO\b/i.test(read)) return { kind: "undo" }
  if (/^(?:SAVEPOINT|RELEASE\s+SAVEPOINT)\b/i.test(read)) return { kind: "nothing" }
  const [, word = "", global = "", branch = "", format = ""] = xaForm.exec(read) ?? []
  const does = xaDoes.get(word.toUpperCase())
  if (does !== undefined) {
    return { kind: "xa", does, xid: xidOf(global.toLowerCase(), branch.toLowerCase(), Number(format)) }
  }
  const [, schema, table] = truncate.exec(text) ?? []
  if (table !== undefined) {
    return { kind: "truncate", schema: schema === undefined ? undefined : unquoted(schema), name: unquoted(table) }
  }
  if (harmless.test(read)) return { kind: "nothing" }
  return { kind: definition.test(read) ? "definition" : "unknown" }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")

const isPlain = (written: string): boolean => /^[0-9A-Za-z_$]+$/.test(written)

/** Whether a definition may concern a table: where that is not sure, it may. */
export const mayConcern = (
  { database, text }: { readonly database: string; readonly text: string },
  table: { readonly schema: string; readonly name: string },
): boolean => {
  if (!isPlain(table.schema) || !isPlain(table.name)) return true
  const read = text.replaceAll(/\/\*M?!\d{0,6}/g, " ")
  const bounded = (written: string) => `(?<![\\w$\\x80-\\xff])${escaped(written)}(?![\\w$\\x80-\\xff])`
  if (/^DROP\s+(?:DATABASE|SCHEMA)\b/i.test(words(text)) && new RegExp(bounded(table.schema), "i").test(read))
    return true
  if (!new RegExp(bounded(table.name), "i").test(read)) return false
  // Within comments, what stands before a name is not seen.
  if (/\/\*|\*\/|--|#/.test(read)) return true
  const isHere = database.toLowerCase() === table.schema.toLowerCase()
  const qualified = new RegExp(
    `(?:(\`(?:[^\`]|\`\`)*\`|"[^"]*"|[\\w$\\x80-\\xff]+)\\s*\\.\\s*)?[\`"]?${bounded(table.name)}`,
    "gi",
  )
  return [...read.matchAll(qualified)].some(([, qualifier]) =>
    qualifier === undefined
      ? isHere
      : qualifier.replaceAll(/^[`"]|[`"]$/g, "").toLowerCase() === table.schema.toLowerCase(),
  )
}
