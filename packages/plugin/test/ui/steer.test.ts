import { readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { downSource, iso, oneOfEach, problem, source, status, table } from "./support/made.ts"
import { adminToken, clientToken, type MadeInstance, startMade } from "./support/madeInstance.ts"
import { type Opened, startPages } from "./support/open.ts"

type Pages = Awaited<ReturnType<typeof startPages>>

let instance: MadeInstance
let pages: Pages
beforeAll(async () => {
  instance = await startMade(status([]))
  pages = await startPages()
})
beforeEach(() => instance.set(status(oneOfEach(), { sources: [source("shop"), downSource()] })))
afterAll(async () => {
  await pages?.stop()
  await instance?.stop()
})

const opened = async (): Promise<Opened> => {
  const one = await pages.open(instance.url)
  await pages.signIn(one)
  await one.page.locator("table.tables").waitFor()
  return one
}
const posted = () => instance.requests.filter(({ method }) => method === "POST").map(({ path }) => path)

describe("signing in", () => {
  it("takes the admin's token, says so of a wrong one, and keeps it nowhere", async () => {
    const one = await pages.open(instance.url)
    const { page, context } = one
    for (const token of ["wrong", "not ascii ü"]) {
      await pages.signIn(one, token)
      await page.getByRole("alert").getByText("neither the admin token").waitFor()
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("token")
    }
    await pages.signIn(one)
    await page.locator("table.tables").waitFor()
    const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])
    expect(stored).toEqual([0, 0, ""])
    expect(await context.cookies()).toEqual([])
    expect(page.url()).not.toContain(adminToken)
    expect(instance.requests.some(({ path }) => path.includes(adminToken))).toBe(false)
    await page.reload()
    await page.getByLabel("Admin token").waitFor()
    await one.close()
  })

  it("keeps it for the tab where one asks for that, until one signs out", async () => {
    const one = await pages.open(instance.url)
    const { page, context } = one
    await page.getByLabel("Keep it until this tab is closed").check()
    await pages.signIn(one)
    await page.locator("table.tables").waitFor()
    await page.reload()
    await page.locator("table.tables").waitFor()
    const other = await context.newPage()
    await other.goto(`${instance.url}/replicate/ui`)
    await other.getByLabel("Admin token").waitFor()
    await page.getByRole("button", { name: "Sign out" }).click()
    await page.reload()
    await page.getByLabel("Admin token").waitFor()
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
    await one.close()
  })

  it("shows the query box alone for the client's token", async () => {
    const one = await pages.open(instance.url)
    const { page } = one
    await pages.signIn(one, clientToken)
    await page.getByLabel("SQL").waitFor()
    expect(await page.getByRole("link").count()).toBe(0)
    await page.getByLabel("SQL").fill("SELECT * FROM orders")
    await page.getByRole("button", { name: "Run" }).click()
    await page.locator(".result").waitFor()
    expect(await pages.faults(one)).toEqual([])
    await one.close()
  })
})

describe("at a glance", () => {
  it("counts tiles and lines from one answer, and tells of each what is to be done", async () => {
    const { page, close } = await opened()
    const chips = await page.locator(".chip").allTextContents()
    expect(chips.map((text) => text.trim())).toEqual([
      "2 Waits for you",
      "2 Failing",
      "1 Overdue",
      "2 First load",
      "1 Running",
      "1 Catching up",
      "1 Not yet run",
      "1 Paused",
      "1 Left out",
      "10 Fresh",
    ])
    expect(await page.title()).toMatch(/^2 waiting · Replication /)
    const needs = page.locator(".need")
    expect(await needs.count()).toBe(5)
    expect(await needs.nth(0).innerText()).toContain("At least 48,198 of 48,210 rows are gone")
    expect(await needs.nth(1).innerText()).toMatch(/permission denied[^]*Grant USAGE[^]*for 3 h[^]*Resume/)
    expect(await needs.nth(1).innerText()).not.toContain("POST")
    expect(await page.getByText("connect ETIMEDOUT").count()).toBe(1)
    expect(await page.locator(".loads li").nth(0).innerText()).toMatch(/events[^]*28%[^]*3,400,000 of about 12M rows/)
    await page.locator(".chip.paused").click()
    expect(await page.locator("tbody tr").count()).toBe(1)
    await close()
  })

  it("says that a config is wrong, and what is", async () => {
    instance.set(
      status([], {
        config: problem("invalid-config", "tables[0].source: there is no source nowhere\ntables[1].every: too short"),
      }),
    )
    const { page, close } = await pages.open(instance.url)
    await page.getByLabel("Admin token").fill(adminToken)
    await page.keyboard.press("Enter")
    const band = page.getByRole("alert")
    await band.waitFor()
    expect(await band.locator("li").allTextContents()).toEqual([
      "tables[0].source: there is no source nowhere",
      "tables[1].every: too short",
    ])
    await close()
  })

  it("says that the database is full", async () => {
    instance.set(status([table("orders")], { databaseBytes: 10_000_000_000 }))
    const { page, close } = await opened()
    await page.getByRole("alert").getByText("10 GB of 10 GB. Nothing is written").waitFor()
    await close()
  })

  it("says that what it shows is old, where no answer comes, and goes on where one does", async () => {
    const { page, close } = await opened()
    instance.set(undefined)
    await page.getByRole("alert").getByText("The instance answered 502").waitFor()
    instance.set(status(oneOfEach()))
    await page.getByRole("button", { name: "Try now" }).first().click()
    await page.getByRole("alert").waitFor({ state: "detached" })
    await close()
  })
})

describe("steering", () => {
  it("has a table pulled, paused, resumed, rebuilt, verified and repaired", async () => {
    const { page, close } = await opened()
    const before = posted().length
    await page.getByRole("link", { name: "customers" }).click()
    const dialog = page.getByRole("dialog", { name: "customers" })
    for (const name of ["Pull now", "Pause", "Rebuild", "Verify", "Verify and repair"]) {
      await dialog.getByRole("button", { name, exact: true }).click()
      await dialog.locator(".notice").waitFor()
      await dialog.getByRole("button", { name: "Dismiss the message" }).click()
    }
    await page.keyboard.press("Escape")
    await page.locator("tbody").getByRole("link", { name: "sessions" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Resume", exact: true }).click()
    await page.locator(".notice").getByText("sessions: resumed.").waitFor()
    expect(posted().slice(before)).toEqual([
      "/replicate/customers",
      "/replicate/customers/pause",
      "/replicate/customers/refresh",
      "/replicate/customers/verify",
      "/replicate/customers/verify?repair=true",
      "/replicate/sessions/resume",
    ])
    await close()
  })

  it("allows what the guard stopped only at a second press, which says what would go", async () => {
    const { page, close } = await opened()
    const before = posted().length
    await page.getByRole("link", { name: "Look… at orders" }).click()
    const dialog = page.getByRole("dialog", { name: "orders" })
    await dialog.getByRole("button", { name: "Allow deletions…" }).click()
    await dialog.getByRole("button", { name: "Keep them" }).click()
    await dialog.getByRole("button", { name: "Allow deletions…" }).click()
    expect(posted().length).toBe(before)
    await dialog.getByRole("button", { name: "Yes, delete at least 48,198 rows" }).click()
    await dialog.getByText("orders: the deletions are allowed").waitFor()
    expect(posted().slice(before)).toEqual(["/replicate/orders/confirm"])
    await close()
  })

  it("resets only what was typed by its name", async () => {
    const { page, close } = await opened()
    const before = posted().length
    await page.locator("tbody").getByRole("link", { name: "users" }).click()
    const dialog = page.getByRole("dialog", { name: "users" })
    await dialog.getByRole("button", { name: "Reset…" }).click()
    await page.keyboard.type("orders")
    await page.keyboard.press("Enter")
    await dialog.getByRole("alert").getByText("This is another name").waitFor()
    expect(posted().length).toBe(before)
    await dialog.getByLabel("Type the table's name").fill("users")
    await page.keyboard.press("Enter")
    await dialog.getByText("users: dropped.").waitFor()
    expect(posted().slice(before)).toEqual(["/replicate/users/reset"])
    await close()
  })

  it("shows rows that were set aside with their reason, and rows that differ", async () => {
    const { page, close } = await opened()
    await page.locator("tbody").getByRole("link", { name: "customers" }).click()
    const dialog = page.locator("dialog")
    await dialog.getByText("more than a table here can hold").first().waitFor()
    expect(await dialog.locator("svg[role=img]").count()).toBe(3)
    expect(await dialog.getByRole("img", { name: /^Rows changed by the last 40 runs/ }).count()).toBe(1)
    expect(await dialog.getByText("resumed by an operator").count()).toBe(1)
    await page.keyboard.press("Escape")
    await page.locator("tbody").getByRole("link", { name: "accounts" }).click()
    await dialog.getByText("18, de").waitFor()
    await close()
  })
})

describe("the query box", () => {
  it("reads, shows, and hands out CSV", async () => {
    const { page, close } = await opened()
    await page.getByRole("link", { name: "Query" }).click()
    await page.getByLabel("SQL").fill("DELETE FROM orders")
    const before = posted().length
    await page.getByRole("button", { name: "Run" }).click()
    await page.getByRole("alert").getByText("Only a query that reads").waitFor()
    expect(posted().length).toBe(before)
    await page.getByLabel("SQL").fill("SELECT * FROM orders;")
    await page.getByRole("button", { name: "Run" }).click()
    await page.locator(".result tbody tr").nth(2).waitFor()
    expect(JSON.parse(instance.requests.findLast(({ path }) => path === "/query/raw")?.body ?? "")).toEqual({
      sql: "SELECT * FROM (\nSELECT * FROM orders\n) LIMIT 1001",
      params: [],
    })
    await page.getByText("come rounded").waitFor()
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as CSV" }).click(),
    ])
    const text = await readFile(await download.path(), "utf8")
    expect(text.split("\r\n").slice(0, 3)).toEqual([
      "\uFEFFid,name<b>,price,note",
      "1,<img src=x onerror=document.title='pwned'>,12.5,",
      `2,'=1+1,9007199254740994,"two\nlines"`,
    ])
    await close()
  })
})

describe("an open page asks", () => {
  const polls = () => instance.requests.filter(({ path }) => path === "/replicate/status").length

  it("often while something moves, seldom where nothing does or nobody is there, and never while it is hidden or not live", async () => {
    const quiet = [table("orders", { nextRunAt: iso(-3_600_000) })]
    instance.set(status(quiet))
    const context = await pages.browser.newContext()
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(`${instance.url}/replicate/ui`)
    await page.getByLabel("Admin token").fill(adminToken)
    await page.keyboard.press("Enter")
    await page.locator("table.tables").waitFor()
    /** How often it asks in so many seconds. */
    const within = async (seconds: number) => {
      const before = polls()
      for (let second = 0; second < seconds; second += 2) {
        await page.clock.runFor(2000)
        // The answers are real, and take their own time.
        await sleep(10)
      }
      return polls() - before
    }
    expect(await within(60)).toBeLessThanOrEqual(5)
    // Nobody has touched it for longer than two minutes.
    await within(90)
    expect(await within(120)).toBeLessThanOrEqual(3)
    instance.set(status([...quiet, ...oneOfEach()]))
    await page.mouse.move(100, 100)
    await within(10)
    expect(await within(20)).toBeGreaterThanOrEqual(7)
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => true })
      document.dispatchEvent(new Event("visibilitychange"))
    })
    expect(await within(120)).toBe(0)
    const before = polls()
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => false })
      document.dispatchEvent(new Event("visibilitychange"))
    })
    await expect.poll(polls).toBeGreaterThan(before)
    await page.getByRole("button", { name: "Live" }).click()
    expect(await within(60)).toBe(0)
    await context.close()
  })
})
