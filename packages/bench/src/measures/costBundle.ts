import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { bundlePath, entries } from "@starbase-replication/worker/scripts/lib/bundle.ts"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { median, medianRatio, paired } from "../lib/timing.ts"
import { startWorkerd } from "../lib/workerd.ts"

const emptyWorker = `import { DurableObject } from "cloudflare:workers"
export class ReplicaObject extends DurableObject {}
export default { fetch: () => new Response("") }
`

/** How large each deployment is, and how long workerd takes from its start to the first answer. */
export const costBundle = async (options: Options, report: Report): Promise<void> => {
  report.note("cost: bundles and cold starts")
  const directory = await mkdtemp(join(tmpdir(), "bench-bundle-"))
  const empty = join(directory, "empty.js")
  try {
    await writeFile(empty, emptyWorker)
    const start = async (bundle: string) => {
      const workerd = await startWorkerd({ bundle, env: { ADMIN_AUTHORIZATION_TOKEN: "admin" } })
      await workerd.stop()
      return workerd.startSeconds * 1000
    }
    for (const entry of entries) {
      const size = gzipSync(await readFile(bundlePath(entry))).length / 1024
      report.add({
        id: `cost/bundle/${entry}`,
        label: `bundle of ${entry}, gzip`,
        value: size,
        unit: "KiB",
        runs: [size],
        against: { label: "the 3 MiB of the free plan", ratio: size / 3072 },
      })
      const { cold, idle } = await paired(options.runs, {
        cold: () => start(bundlePath(entry)),
        idle: () => start(empty),
      })
      report.add({
        id: `cost/cold/${entry}`,
        label: `cold start of ${entry}, workerd's own included`,
        value: median(cold),
        unit: "ms",
        runs: cold,
        against: { label: "an empty Worker", ratio: medianRatio(cold, idle) },
      })
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
