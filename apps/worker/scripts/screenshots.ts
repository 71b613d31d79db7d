import { randomBytes } from "node:crypto"
import { mkdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { type Page, startBrowser } from "@starbase-replication/test-servers/browser"
import { bundlePath } from "./lib/bundle.ts"
import { makeClient } from "./lib/client.ts"
import { runCommand } from "./lib/fail.ts"
import { serve } from "./lib/serve.ts"
import { startWorld } from "./lib/world.ts"

/** Where the pictures of the README are kept. */
const folder = join(import.meta.dirname, "../../../docs/images")

/** More tables of the demo's world, so that there is something to see. */
const more = `
  CREATE TABLE capitals AS SELECT id, name, country, population FROM cities WHERE details->>'feature' = 'PPLC';
  CREATE TABLE large_cities AS SELECT id, name, country, population FROM cities WHERE population > 500000;
  CREATE TABLE regions AS SELECT country || '.' || (details->>'admin') AS code, count(*)::int AS cities FROM cities GROUP BY 1;
  CREATE TABLE islands AS SELECT id, name, country FROM cities WHERE country IN ('IS', 'MT', 'CY', 'FJ', 'MU');
  ALTER TABLE capitals ADD PRIMARY KEY (id); ALTER TABLE large_cities ADD PRIMARY KEY (id);
  ALTER TABLE regions ADD PRIMARY KEY (code); ALTER TABLE islands ADD PRIMARY KEY (id);
  ANALYZE;`

const names = ["countries", "capitals", "large_cities", "regions", "islands", "ferries", "cities"]

const config = {
  log: "off",
  sources: { world: { type: "postgres", url: { secret: "WORLD_URL" } } },
  budget: { rows: 60_000 },
  tables: names.map((name) => ({
    source: "world",
    table: `public.${name}`,
    every: "30 seconds",
    deletes: { reconcile: "0 seconds" },
    ...(name === "cities" ? { cursor: "updated_at" } : {}),
  })),
}

const shoot = async (page: Page, name: string): Promise<void> => {
  const path = join(folder, `${name}.png`)
  await page.screenshot({ path, animations: "disabled" })
  console.log(`${path}: ${Math.round((await stat(path)).size / 1000)} KB`)
}

await runCommand(async () => {
  await mkdir(folder, { recursive: true })
  const token = randomBytes(12).toString("base64url")
  const world = await startWorld()
  await world.postgres.exec(more)
  const served = await serve({
    bundle: bundlePath("postgres"),
    config,
    adminToken: token,
    clientToken: `${token}-client`,
    variables: { WORLD_URL: world.url, REPLICATION_ALARM: "off" },
  })
  const browser = await startBrowser()
  try {
    const admin = makeClient(served.url, token)
    for (const name of names) await admin.post(`/replicate/${name}`)
    for (let round = 1; round <= 30; round++) {
      const some = 3 + ((round * 7919) % 97)
      await world.postgres.query(
        `UPDATE countries SET population = population + 1 WHERE code IN (SELECT code FROM countries ORDER BY code LIMIT ${some})`,
      )
      await admin.post("/replicate/countries")
    }
    await admin.post("/replicate/countries/verify")
    await world.postgres.query("DELETE FROM large_cities WHERE country NOT IN ('CN', 'IN')")
    await admin.post("/replicate/large_cities")
    const open = async (colorScheme: "light" | "dark", hash = "") => {
      const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, colorScheme })
      await page.goto(new URL("/replicate/ui", served.url).href)
      await page.getByLabel("Admin token").fill(token)
      await page.keyboard.press("Enter")
      await page.locator("table.tables").waitFor()
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
      return page
    }
    await shoot(await open("light"), "page")
    const page = await open("dark", "#table=countries")
    await page.locator("dialog .charts").waitFor()
    // So that the chart of the lag has a line.
    for (let times = 0; times < 6; times++) {
      await page.locator("dialog").getByRole("button", { name: "Pull now" }).click()
      await page.locator("dialog .notice").waitFor()
      await page.getByRole("button", { name: "Dismiss the message" }).click()
      await page.waitForTimeout(700)
    }
    await page.evaluate("document.activeElement.blur()")
    await shoot(page, "table")
  } finally {
    await browser.close()
    await served.stop()
    await world.stop()
  }
})
