import { rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { fromTarballs, packInto } from "./packages.ts"

const { values } = parseArgs({ options: { out: { type: "string" } } })
const isOwn = values.out === undefined
const folder = resolve(values.out ?? join(import.meta.dirname, "../../../tarballs"))
// Files of an earlier version would be installed too by who names them all.
if (isOwn) await rm(folder, { recursive: true, force: true })
await packInto(folder)

const line = (packages: string) => fromTarballs(packages, folder).join(" \\\n  ")
const own = (...names: ReadonlyArray<string>) => names.map((name) => `@starbase-replication/${name}`).join(" ")
console.log(`The packages are in ${folder}. These lines install them, until they are on the registry.

# In your StarbaseDB, for PostgreSQL (or source-mysql, source-supabase, source-starbase, source-libsql, source-hub):
npm install ${line(`${own("plugin", "source-postgres")} effect`)}

# In a Worker that init --worker has written, all of them:
npm install ${folder}/*.tgz

# In a connector of your own that new:connector --out has made:
npm install ${line(own("core", "sql-source", "connector-testing"))}

# The command line, in any folder; then npx starbase-replication --help
npm install --save-dev ${line(own("cli"))}`)
