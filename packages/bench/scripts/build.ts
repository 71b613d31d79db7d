import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "..")
const scratch = await mkdtemp(join(tmpdir(), "starbase-replication-bench-"))
try {
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js")
  await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--outdir", join(root, "dist/worker")],
    {
      cwd: join(root, "fixtures/worker"),
      env: {
        ...process.env,
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_HIDE_BANNER: "true",
        WRANGLER_LOG_PATH: scratch,
        XDG_CONFIG_HOME: scratch,
      },
    },
  )
} catch (error) {
  const output = error as { readonly stdout?: string; readonly stderr?: string }
  console.error(output.stdout ?? "", output.stderr ?? error)
  process.exitCode = 1
} finally {
  await rm(scratch, { recursive: true, force: true })
}
