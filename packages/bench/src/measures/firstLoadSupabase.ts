import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSupabaseLite, type SupabaseLite } from "@starbase-replication/test-servers"
import { farMillis, startDistance } from "../lib/distance.ts"
import type { Report } from "../lib/figures.ts"
import { loadSeconds } from "../lib/load.ts"
import type { Options } from "../lib/options.ts"
import { needPrograms, shell } from "../lib/programs.ts"
import { addRates, throughPlugin } from "../lib/rates.ts"
import { startSource } from "../lib/source.ts"
import { mixed } from "../lib/tables.ts"
import { paired, timed } from "../lib/timing.ts"

/** A first load over Supabase's REST API, beside curl that walks the same pages one after the other. */
export const firstLoadSupabase = async (options: Options, report: Report): Promise<void> => {
  await needPrograms("bash", "curl")
  const table = mixed(Math.ceil(options.rows / 4))
  report.note(`first load: Supabase REST, ${table.rows} rows, ${table.label}`)
  const server = await startSource()
  let lite: SupabaseLite | undefined
  try {
    const opened = await startSupabaseLite(server)
    lite = opened
    await server.query(table.postgres)
    await server.query("GRANT SELECT ON mixed TO service_role")
    await server.query("VACUUM ANALYZE mixed")
    await opened.reload()
    const load = (url: string) =>
      loadSeconds(table, "plugin", {
        bundle: "supabase",
        secret: opened.secretKey,
        source: { type: "supabase", url, key: { secret: "SOURCE" } },
      })
    opened.takeRequests()
    await load(opened.url)
    const paths = opened.takeRequests().filter((path) => path.startsWith("/rest/v1/mixed?"))
    const measure = async (id: string, label: string, url: string) => {
      const seconds = await paired(options.runs, {
        floor: () => curl(url, opened.secretKey, paths),
        plugin: () => load(url),
      })
      addRates(report, {
        id,
        label,
        rows: table.rows,
        floor: {
          label: `curl, the same ${paths.length} pages, nothing stored`,
          short: "curl",
          seconds: seconds.floor,
        },
        ways: [{ id: "plugin", label: throughPlugin, seconds: seconds.plugin }],
      })
    }
    const label = `first load, Supabase REST, ${table.label}`
    await measure("first-load/supabase/mixed", label, opened.url)
    const distant = await startDistance(opened, farMillis)
    try {
      const url = `http://${distant.host}:${distant.port}`
      await measure("first-load/supabase-far/mixed", `${label}, ${farMillis} ms away`, url)
    } finally {
      await distant.stop()
    }
  } finally {
    await lite?.stop()
    await server.stop()
  }
}

/** Reads pages over one connection and gives the seconds it took. */
const curl = async (base: string, key: string, paths: ReadonlyArray<string>): Promise<number> => {
  const directory = await mkdtemp(join(tmpdir(), "bench-curl-"))
  try {
    const file = join(directory, "pages")
    const pages = paths.map((path) => `url = "${base}${path}"\noutput = "/dev/null"`)
    await writeFile(file, `fail\nsilent\nshow-error\ngloboff\nheader = "apikey: ${key}"\n${pages.join("\n")}\n`)
    return await timed(() => shell(`curl --config ${file}`))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
