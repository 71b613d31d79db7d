import { existsSync } from "node:fs"
import { chmod, cp, mkdir, readFile, rm } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { bundlePath } from "@starbase-replication/worker/scripts/lib/bundle.ts"
import { build } from "esbuild"
import { makeTemplate } from "./template.ts"

const root = fileURLToPath(new URL("../", import.meta.url))

/** What is CommonJS among the drivers asks for Node's modules by `require`. */
const requireForDrivers = `import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);`

/** Bundles the command into `dist`: one file, and what few commands need in files of their own that these load. */
export const bundle = async (): Promise<void> => {
  const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"))
  await rm(`${root}dist`, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: { main: "src/main.ts" },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    legalComments: "none",
    // Its other form asks for its own files by names that no bundler sees.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    external: ["miniflare", "pg-native", "cloudflare:sockets"],
    banner: { js: requireForDrivers },
    define: {
      STARBASE_REPLICATION_VERSION: JSON.stringify(version),
      STARBASE_REPLICATION_IS_RELEASED: String(!existsSync(`${root}../../.changeset/first-release.md`)),
    },
    logLevel: "warning",
  })
  await mkdir(`${root}dist/worker`)
  await cp(bundlePath("all"), `${root}dist/worker/all.js`)
  await cp(
    fileURLToPath(import.meta.resolve("@starbase-replication/worker/scripts/lib/workerd.sh")),
    `${root}dist/workerd.sh`,
  )
  await makeTemplate(`${root}dist/template/worker`)
  await chmod(`${root}dist/main.mjs`, 0o755)
}
