import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import { bundle, entries } from "../scripts/lib/bundle.ts"

/** Each connector's driver, and which entries include it. */
const drivers = [
  { driver: "pg", included: ["postgres", "all"] },
  { driver: "mysql2", included: ["mysql", "all"] },
  { driver: "@supabase+supabase-js", included: ["supabase", "all"] },
]

const sizes: Array<{ readonly entry: string; readonly "KiB, gzip": number }> = []
afterAll(() => console.table(sizes))

describe.each(entries)("the entry %s", (entry) => {
  it("is accepted by wrangler deploy --dry-run, and holds the drivers that were chosen and no other", async () => {
    const folder = await mkdtemp(join(tmpdir(), "starbase-replication-deploy-"))
    try {
      const output = await bundle(entry, folder)
      expect(output).toContain("env.REPLICA (ReplicaObject)")
      expect(output).toContain("env.REPLICATION_CONFIG")
      expect(output).toContain("--dry-run: exiting now.")
      const code = await readFile(join(folder, `${entry}.js`), "utf8")
      // The bundler names the file of each module that it took in.
      for (const { driver, included } of drivers) {
        expect(code.includes(`/node_modules/.pnpm/${driver}@`), driver).toBe(included.includes(entry))
      }
      const compressed = gzipSync(code).length
      sizes.push({ entry, "KiB, gzip": Math.round(compressed / 1024) })
      // What the free plan takes is 3 MiB compressed.
      expect(compressed).toBeLessThan(1024 * 1024)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
