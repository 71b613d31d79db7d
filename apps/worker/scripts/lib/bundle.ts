import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { connectors } from "../../src/connectors.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** The choices of connectors: each has an entry file `src/<entry>.ts` and a wrangler config. */
export const entries: ReadonlyArray<string> = [...connectors.map(({ type }) => type), "all"]

/** The wrangler config of an entry; that of `postgres` is the one that wrangler takes by itself. */
export const configPath = (entry: string): string =>
  join(root, entry === "postgres" ? "wrangler.jsonc" : `wrangler.${entry}.jsonc`)

/** Where {@link bundle} leaves the Worker of an entry. */
export const bundlePath = (entry: string): string => join(root, "dist", entry, `${entry}.js`)

/** Where {@link bundle} leaves what wrangler printed of an entry. */
export const outputPath = (entry: string): string => join(root, "dist", entry, "wrangler.txt")

/** Bundles an entry, and answers what wrangler printed. */
export const bundle = async (entry: string): Promise<string> => {
  const output = await bundleInto(configPath(entry), dirname(bundlePath(entry)))
  await writeFile(outputPath(entry), output)
  return output
}

/** Bundles what a wrangler config names into a folder, exactly as `wrangler deploy` would ship it. */
export const bundleInto = async (config: string, folder: string): Promise<string> => {
  const scratch = await mkdtemp(join(tmpdir(), "starbase-replication-build-"))
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        join(root, "node_modules/wrangler/bin/wrangler.js"),
        "deploy",
        "--config",
        config,
        "--dry-run",
        "--outdir",
        folder,
      ],
      {
        cwd: dirname(config),
        env: {
          ...process.env,
          WRANGLER_SEND_METRICS: "false",
          WRANGLER_HIDE_BANNER: "true",
          WRANGLER_LOG_PATH: scratch,
          XDG_CONFIG_HOME: scratch,
        },
      },
    )
    return stdout
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
