import { randomBytes } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import * as Redacted from "effect/Redacted"
import type { Database } from "../database.ts"
import type { ProposedDocument } from "../Proposal.ts"
import { installLine } from "../../version.ts"
import { sourceText } from "../text.ts"
import type { File, Read, Written } from "./File.ts"
import { devVars, hasSecret } from "./secrets.ts"

const configText = ({ type }: Database, document: ProposedDocument): string =>
  `import type { ReplicationOptions } from "@starbase-replication/plugin"
import { connector as ${type} } from "@starbase-replication/source-${type}"

/** The kinds of sources that this Worker ships with; the compiler knows the fields of each. */
export const connectors = [${type}] as const

/** What is replicated, and from where. Secrets are named here, and set with \`wrangler secret put\`. */
export const config: ReplicationOptions<typeof connectors>["config"] = ${sourceText(document)}
`

const tokens = ["ADMIN_AUTHORIZATION_TOKEN", "CLIENT_AUTHORIZATION_TOKEN"]

/** A Worker of one's own, made from the template in a folder. */
export const workerFiles = async (
  read: Read,
  database: Database,
  document: ProposedDocument,
  template: string,
): Promise<Written> => {
  const { secret, type, value } = database
  const copied = await templateFiles(template, type)
  const missing = await Promise.all(tokens.map(async (name) => ((await hasSecret(read, name)) ? [] : [name])))
  const secrets = {
    [secret]: Redacted.value(value),
    ...Object.fromEntries(missing.flat().map((name) => [name, newToken()])),
  }
  return {
    files: [
      ...copied,
      { path: "src/replication.ts", text: configText(database, document) },
      await devVars(read, secrets),
    ],
    next: [
      installLine(),
      "npm run dev       # on this machine, with the tokens in .dev.vars",
      "npx wrangler deploy",
      ...[...tokens, secret].map((name) => `npx wrangler secret put ${name}`),
    ],
  }
}

const newToken = (): string => randomBytes(24).toString("base64url")

/** The template's files, with the connector that was chosen among the dependencies, and that by which replicas ask their hub. */
const templateFiles = async (template: string, type: string): Promise<ReadonlyArray<File>> => {
  const entries = await readdir(template, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name)
        const text = await readFile(path, "utf8")
        // A registry's packages hold no file of this name.
        const name = relative(template, path)
          .split(sep)
          .join("/")
          .replace(/^gitignore$/, ".gitignore")
        return { path: name, text: name === "package.json" ? withConnector(text, type) : text }
      }),
  )
  return files.toSorted((a, b) => a.path.localeCompare(b.path))
}

const withConnector = (text: string, type: string): string => {
  const { dependencies, ...rest } = JSON.parse(text)
  const wanted = Object.entries<string>(dependencies).filter(
    ([name]) => !name.includes("/source-") || ["hub", type].some((one) => name.endsWith(`/source-${one}`)),
  )
  return `${JSON.stringify({ ...rest, dependencies: Object.fromEntries(wanted) }, null, 2)}\n`
}
