import { cp, readdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const worker = dirname(fileURLToPath(import.meta.resolve("@starbase-replication/worker/package.json")))
const own = fileURLToPath(new URL("../template/worker", import.meta.url))

/** What `apps/worker` has for its choices of connectors, in whose place a Worker of one's own has its config. */
const choices = new Set(
  ["all", "connectors", "hub", "libsql", "mysql", "postgres", "starbase", "supabase"].map((one) => `${one}.ts`),
)

/** Makes the template of a Worker of one's own: the sources of `apps/worker`, and what makes a package of them. */
export const makeTemplate = async (folder: string): Promise<void> => {
  await cp(own, folder, { recursive: true })
  for (const name of await readdir(join(worker, "src"))) {
    if (name.endsWith(".ts") && !choices.has(name)) await cp(join(worker, "src", name), join(folder, "src", name))
  }
  await cp(join(worker, "src/replicas"), join(folder, "src/replicas"), { recursive: true })
  await writeFile(join(folder, "package.json"), `${JSON.stringify(await manifest(), null, 2)}\n`)
}

const readManifest = async (path: string) => JSON.parse(await readFile(path, "utf8"))

/** The package: versions as this workspace has them, of its own packages and of others. */
const manifest = async () => {
  const { dependencies, devDependencies } = await readManifest(join(worker, "package.json"))
  // All published packages have one version; the Worker, which is not published, keeps its own.
  const { version } = await readManifest(fileURLToPath(new URL("../package.json", import.meta.url)))
  const workspace = await readFile(join(worker, "../../pnpm-workspace.yaml"), "utf8")
  const pinned = (name: string, wanted: string): string => {
    if (wanted.startsWith("workspace:")) return `^${version}`
    if (wanted !== "catalog:") return wanted
    const found = new RegExp(String.raw`^  "?${name}"?: (\S+)$`, "m").exec(workspace)?.[1]
    if (found === undefined) throw new Error(`pnpm-workspace.yaml pins no ${name}`)
    return found
  }
  const all = Object.entries<string>({ ...dependencies, ...devDependencies })
  const versions = new Map(all.map(([name, wanted]) => [name, pinned(name, wanted)]))
  const pick = (wanted: (name: string) => boolean) =>
    Object.fromEntries([...versions].filter(([name]) => wanted(name)).toSorted(([a], [b]) => a.localeCompare(b)))
  return {
    name: "replication",
    private: true,
    type: "module",
    scripts: {
      dev: "wrangler dev",
      typecheck: "tsc",
      check: "tsc && wrangler deploy --dry-run --outdir dist",
      deploy: "wrangler deploy",
    },
    dependencies: pick((name) =>
      /^@starbase-replication\/(?:core|hub|plugin|sink-sqlite|source-\w+)$|^effect$|^hono$/.test(name),
    ),
    devDependencies: pick((name) => ["@cloudflare/workers-types", "typescript", "wrangler"].includes(name)),
  }
}
