import { join } from "node:path"
import { bundleInto } from "@starbase-replication/worker/scripts/lib/bundle.ts"

const root = join(import.meta.dirname, "..")
try {
  await bundleInto(join(root, "fixtures/worker/wrangler.jsonc"), join(root, "dist/worker"))
} catch (error) {
  const output = error as { readonly stdout?: string; readonly stderr?: string }
  console.error(output.stdout ?? "", output.stderr ?? error)
  process.exitCode = 1
}
