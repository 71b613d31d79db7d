import { mkdtemp, readdir, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { bundle } from "../scripts/lib/bundle.ts"

it("is accepted by wrangler deploy --dry-run, with its bindings", async () => {
  const folder = await mkdtemp(join(tmpdir(), "starbase-replication-deploy-"))
  try {
    const output = await bundle("postgres", folder)
    expect(output).toContain("env.REPLICA (ReplicaObject)")
    expect(output).toContain("env.REPLICATION_CONFIG")
    expect(output).toContain("--dry-run: exiting now.")
    expect(await readdir(folder)).toContain("postgres.js")
    // What the free plan takes is 3 MiB compressed; this stays far below it.
    expect((await stat(join(folder, "postgres.js"))).size).toBeLessThan(2 * 1024 * 1024)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
