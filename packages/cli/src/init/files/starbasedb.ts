import * as Redacted from "effect/Redacted"
import type { Database } from "../database.ts"
import type { ProposedDocument } from "../Proposal.ts"
import { installLine } from "../../version.ts"
import { sourceText } from "../text.ts"
import type { File, Read, Written } from "./File.ts"
import { devVars, gitignore } from "./secrets.ts"

const moduleText = ({ type }: Database, document: ProposedDocument): string =>
  `import { ReplicationPlugin } from "@starbase-replication/plugin"
import { connector as ${type} } from "@starbase-replication/source-${type}"
import type { Env } from "./index"

export const makeReplicationPlugin = (env: Env) =>
  new ReplicationPlugin({
    connectors: [${type}],
    secrets: env,
    config: ${sourceText(document, 4)},
  })
`

/** The plugin's lines in a checkout of StarbaseDB: a module with the config, and its place in the list of plugins. */
export const starbasedbFiles = async (read: Read, database: Database, document: ProposedDocument): Promise<Written> => {
  const { secret, type, value } = database
  const index = await read("src/index.ts")
  const changed = index === undefined ? undefined : withPlugin(index)
  const byHand =
    changed === undefined
      ? [
          'In src/index.ts, import { makeReplicationPlugin } from "./replication", and put makeReplicationPlugin(env)',
          "first in the list of plugins.",
        ]
      : []
  return {
    files: [
      { path: "src/replication.ts", text: moduleText(database, document) },
      ...(changed === undefined || changed.text === index ? [] : [changed]),
      await devVars(read, { [secret]: Redacted.value(value) }),
      ...(await gitignore(read, [".dev.vars*"])),
    ],
    next: [
      installLine("@starbase-replication/plugin", `@starbase-replication/source-${type}`, "effect"),
      ...byHand,
      "npx wrangler dev",
      `npx wrangler secret put ${secret}   # for the deployment`,
      "Let it run by itself with a Cron Trigger: docs/install-in-starbasedb.md, step 5.",
    ],
  }
}

const importLine = 'import { makeReplicationPlugin } from "./replication"'

/** StarbaseDB's entry file with the plugin first in its list; undefined where it has no such list. */
const withPlugin = (index: string): File | undefined => {
  const list = /^([ \t]*)const plugins = \[[ \t]*\n([ \t]*)/m
  if (index.includes("makeReplicationPlugin(")) return { path: "src/index.ts", text: index }
  if (!list.test(index)) return undefined
  const listed = index.replace(list, (found, _, indent: string) => `${found}makeReplicationPlugin(env),\n${indent}`)
  const imports = Array.from(listed.matchAll(/^import [^;]*?from ['"][^'"]+['"];?[ \t]*\n/gm))
  const last = imports.at(-1)
  if (last === undefined) return undefined
  const end = last.index + last[0].length
  return { path: "src/index.ts", text: `${listed.slice(0, end)}${importLine}\n${listed.slice(end)}` }
}
