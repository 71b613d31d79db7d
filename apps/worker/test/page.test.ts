import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { type Browser, startBrowser } from "@starbase-replication/test-servers/browser"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { adminToken, clientToken, startWorker, type TestWorker } from "./support/worker.ts"

const names = ["constructor", "__proto__", "<img src=x onerror=document.title='pwned'>", "orders\u202Egnp", "ui"]
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

let postgres: Postgres
let worker: TestWorker
let browser: Browser
beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz DEFAULT now(), note text);
    INSERT INTO orders SELECT i, now(), 'order ' || i FROM generate_series(1, 1000) i; ANALYZE orders;
    ${names.map((name) => `CREATE TABLE ${quoted(name)} (id int PRIMARY KEY); INSERT INTO ${quoted(name)} VALUES (1);`).join("\n")}`)
  const config = {
    log: "off",
    sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
    tables: [
      { source: "shop", table: "orders", deletes: { reconcile: "0 seconds" } },
      ...names.map((name) => ({ source: "shop", table: quoted(name) })),
    ],
  }
  worker = await startWorker({ config, variables: { SHOP_URL: postgres.url, REPLICATION_ALARM: "off" } })
  browser = await startBrowser()
})
afterAll(async () => {
  await browser?.close()
  await worker?.stop()
  await postgres?.stop()
})

const open = async (token: string) => {
  const page = await browser.newPage({ acceptDownloads: true })
  const wrong: Array<string> = []
  page.on("pageerror", ({ message }) => wrong.push(message))
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text())
  })
  await page.goto(new URL("/replicate/ui", worker.url).href)
  await page.getByLabel("Admin token").fill(token)
  await page.keyboard.press("Enter")
  return {
    page,
    close: async () => {
      expect(await page.title()).not.toContain("pwned")
      await page.close()
      expect(wrong).toEqual([])
    },
  }
}

describe("who asks for the page", () => {
  it("gets it without a token, and wakes no object", async () => {
    const data = await mkdtemp(join(tmpdir(), "page-"))
    const fresh = await startWorker({ data, config: { tables: [] } })
    try {
      for (const method of ["GET", "HEAD"]) {
        const response = await fresh.request("/replicate/ui", { method })
        expect([method, response.status]).toEqual([method, 200])
        expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'")
        expect(response.headers.get("access-control-allow-origin")).toBeNull()
      }
      const files = await readdir(data, { recursive: true })
      expect(files.filter((name) => name.endsWith(".sqlite") && !name.includes("metadata"))).toEqual([])
    } finally {
      await fresh.stop()
      await rm(data, { recursive: true, force: true })
    }
  })

  it("gets nothing else without one", async () => {
    for (const [method, path] of [
      ["POST", "/replicate/ui"],
      ["PUT", "/replicate/ui"],
      ["GET", "/replicate/ui/"],
      ["GET", "/replicate/ui/pause"],
      ["GET", "/replicate/status"],
      ["POST", "/replicate/%75i"],
    ] as const) {
      expect([path, (await worker.request(path, { method })).status]).toEqual([path, 401])
    }
    expect((await worker.request("/replicate/ui", { method: "POST", token: clientToken })).status).toBe(403)
  })

  it("gets none where it is turned off", async () => {
    const without = await startWorker({ config: { tables: [] }, variables: { REPLICATION_UI: "off" } })
    expect((await without.request("/replicate/ui")).status).toBe(401)
    expect((await without.request("/replicate/ui", { token: adminToken })).status).toBe(405)
    await without.stop()
  })
})

describe("over a real Worker and a real source", () => {
  it("the admin loads tables of any name, and sees what a pull brought", async () => {
    const { page, close } = await open(adminToken)
    await page.locator("table.tables").waitFor()
    expect(await page.locator("tbody tr").count()).toBe(1 + names.length)
    for (const name of names) {
      await page.evaluate(`location.hash = ${JSON.stringify(`#table=${encodeURIComponent(name)}`)}`)
      await page.locator("dialog").getByRole("button", { name: "Pull now" }).click()
      await page.locator("dialog .notice").getByText("1 row written").waitFor()
      await page.getByRole("button", { name: "Dismiss the message" }).click()
      await page.keyboard.press("Escape")
      await page.locator("dialog").waitFor({ state: "detached" })
    }
    await page.getByRole("button", { name: "Pull what is due" }).click()
    await expect.poll(() => page.locator(".notice").textContent(), { timeout: 10_000 }).toContain("1 table pulled")
    await expect.poll(() => page.locator("tbody tr .state.fresh").count()).toBe(1 + names.length)
    await close()
  })

  it("the admin sees what the guard has stopped, and lets it go on", async () => {
    await worker.admin.post("/replicate/orders")
    await postgres.query("DELETE FROM orders WHERE id > 100")
    await worker.admin.post("/replicate/orders")
    const { page, close } = await open(adminToken)
    await page.getByText("At least 900 of 1,000 rows are gone").waitFor()
    await page.getByRole("link", { name: "Look… at orders" }).click()
    await page.getByRole("button", { name: "Allow deletions…" }).click()
    await page.getByRole("button", { name: "Yes, delete at least 900 rows" }).click()
    await page.locator(".notice").getByText("the deletions are allowed").waitFor()
    await page.locator("dialog").getByRole("button", { name: "Pull now" }).click()
    await page.locator(".notice").getByText("900 rows deleted").waitFor()
    await page.getByText("deletions allowed by an operator").waitFor()
    await close()
  })

  it("the admin verifies, and repairs what differs", async () => {
    await worker.admin.post("/query", { sql: "UPDATE orders SET note = 'another' WHERE id = 7" })
    const { page, close } = await open(adminToken)
    await page.locator("tbody").getByRole("link", { name: "orders", exact: true }).click()
    await page.getByRole("button", { name: "Verify", exact: true }).click()
    await page.locator(".notice").getByText("1 row of 100 rows differ").waitFor()
    await page.getByText("other values").waitFor()
    await page.getByRole("button", { name: "Verify and repair" }).click()
    await page.locator(".notice").getByText("1 row mended; all is equal now").waitFor()
    await close()
  })

  it("a query only reads, whoever asks, and its rows are to be had as CSV", async () => {
    for (const token of [adminToken, clientToken]) {
      const { page, close } = await open(token)
      if (token === adminToken) await page.getByRole("link", { name: "Query" }).click()
      const ask = async (sql: string) => {
        await page.getByLabel("SQL").fill(sql)
        await page.getByRole("button", { name: "Run" }).click()
      }
      await ask("WITH x AS (SELECT 1) DELETE FROM orders")
      await page.getByRole("alert").getByText("syntax error").waitFor()
      await ask("SELECT id, note FROM orders ORDER BY id DESC -- the newest first")
      await page.locator(".result tbody tr").nth(99).waitFor()
      expect(await page.locator(".result tbody tr").first().innerText()).toMatch(/100\s+order 100/)
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Save as CSV" }).click(),
      ])
      expect((await readFile(await download.path(), "utf8")).split("\r\n").slice(0, 2)).toEqual([
        "\uFEFFid,note",
        "100,order 100",
      ])
      await close()
    }
    expect(await worker.client.rows("SELECT count(*) FROM orders")).toEqual([[100]])
  })

  it("the admin's check is a report", async () => {
    const { page, close } = await open(adminToken)
    await page.getByRole("link", { name: "Check" }).click()
    await page.getByText("all can be replicated as configured").waitFor()
    await page.locator(".checks li").first().getByText("Changes by").waitFor()
    await close()
  })
})
