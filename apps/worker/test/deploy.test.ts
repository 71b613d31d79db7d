import { readFile } from "node:fs/promises"
import { gzipSync } from "node:zlib"
import { decodeConfig } from "@starbase-replication/core/config"
import * as Effect from "effect/Effect"
import { parse } from "jsonc-parser"
import { afterAll, describe, expect, it } from "vitest"
import { connectors } from "../src/connectors.ts"
import { bundlePath, configPath, entries, outputPath } from "../scripts/lib/bundle.ts"

/** What each connector brings, a driver or its own code. */
const drivers: Readonly<Record<string, string>> = {
  postgres: "/node_modules/.pnpm/pg@",
  mysql: "/node_modules/.pnpm/mysql2@",
  supabase: "/node_modules/.pnpm/@supabase+supabase-js@",
  starbase: "/packages/source-starbase/",
  libsql: "/node_modules/.pnpm/@libsql+client@",
  hub: "/packages/source-hub/",
}

const sizes: Array<{ readonly entry: string; readonly "KiB, gzip": number }> = []
afterAll(() => console.table(sizes))

describe.each(entries)("the entry %s", (entry) => {
  it("was accepted by wrangler deploy --dry-run, and holds the drivers that were chosen and no other", async () => {
    const output = await readFile(outputPath(entry), "utf8")
    expect(output).toContain("env.REPLICA (ReplicaObject)")
    expect(output).toContain("env.REPLICATION_CONFIG")
    expect(output).toContain("--dry-run: exiting now.")
    // The bundler names the file of each module that it took in.
    const { sources } = JSON.parse(await readFile(`${bundlePath(entry)}.map`, "utf8")) as { sources: Array<string> }
    for (const { type } of connectors) {
      const driver = drivers[type] ?? `a line of this test for ${type}`
      expect(
        sources.some((source) => source.includes(driver)),
        driver,
        // Replicas of a hub are in each of them.
      ).toBe(entry === type || entry === "all" || type === "hub")
    }
  })

  it("is as small as the README says", async () => {
    const size = gzipSync(await readFile(bundlePath(entry))).length / 1024
    sizes.push({ entry, "KiB, gzip": Math.round(size) })
    // What the free plan takes is 3 MiB compressed.
    expect(size).toBeLessThan(1024)
    const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8")
    const row = readme.split("\n").find((line) => line.startsWith(`| \`@starbase-replication/source-${entry}\` `))
    const [, said] = /(\d+) KiB/.exec(row ?? "") ?? []
    if (entry !== "all") expect(Math.abs(size / Number(said) - 1)).toBeLessThan(0.1)
  })

  it("has a config whose example document names what it includes, and differs in nothing else", async () => {
    const config = parse(await readFile(configPath(entry), "utf8"))
    expect(config.main).toBe(`src/${entry}.ts`)
    const document = config.vars.REPLICATION_CONFIG
    await Effect.runPromise(
      decodeConfig(document, {
        connectors: connectors.filter(({ type }) => entry === type || entry === "all"),
        secrets: () => "postgres://u:p@h",
      }),
    )
    const own = { name: "", main: "", compatibility_flags: [], vars: {} }
    const first = parse(await readFile(configPath("postgres"), "utf8"))
    expect(config).toMatchObject({ minify: true, upload_source_maps: true })
    expect({ ...config, ...own }).toEqual({ ...first, ...own })
  })
})
