import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { downSource, hostileNames, manyTables, oneOfEach, source, status } from "./support/made.ts"
import { type MadeInstance, startMade } from "./support/madeInstance.ts"
import { looks, type Opened, startPages } from "./support/open.ts"

type Pages = Awaited<ReturnType<typeof startPages>>

let instance: MadeInstance
let pages: Pages
beforeAll(async () => {
  instance = await startMade(status(oneOfEach(), { sources: [source("shop"), downSource()] }))
  pages = await startPages()
})
afterAll(async () => {
  await pages?.stop()
  await instance?.stop()
})

const opened = async (look = {}): Promise<Opened> => {
  const one = await pages.open(instance.url, look)
  await pages.signIn(one)
  await one.page.locator("table.tables").waitFor()
  return one
}

/** Whether the page is wider than its window. */
const isWide = ({ page }: Opened) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

describe.each(Object.entries(looks))("%s", (name, look) => {
  it("has nothing that keeps people from using it", async () => {
    const one = await pages.open(instance.url, look)
    expect(await pages.faults(one)).toEqual([])
    await pages.signIn(one)
    const { page } = one
    await page.locator("table.tables").waitFor()
    expect(await pages.faults(one)).toEqual([])
    expect(await isWide(one)).toBe(false)
    for (const table of name === "light" ? ["orders", "customers", "accounts", "events"] : ["customers"]) {
      await page.evaluate((name) => (location.hash = `#table=${name}`), table)
      await page.locator("dialog").getByText("Runs that changed").waitFor()
      expect(await pages.faults(one)).toEqual([])
      await page.keyboard.press("Escape")
      await page.locator("dialog").waitFor({ state: "detached" })
    }
    if (name === "light" || name === "phone") {
      await page.getByRole("link", { name: "Query" }).click()
      await page.getByLabel("SQL").fill("SELECT 1")
      await page.getByRole("button", { name: "Run" }).click()
      await page.locator(".result").waitFor()
      expect(await pages.faults(one)).toEqual([])
      await page.getByRole("link", { name: "Check" }).click()
      await page.locator(".checks li").first().waitFor()
      await page.locator("summary").first().click()
      expect(await pages.faults(one)).toEqual([])
    }
    await one.close()
  })
})

it("is no wider than any window, with names of any kind", async () => {
  instance.set(status(manyTables(60)))
  const one = await opened({ width: 320, height: 640 })
  for (const width of [320, 360, 390, 640, 641, 768, 900, 901, 1280, 1920]) {
    await one.page.setViewportSize({ width, height: 800 })
    expect([width, await isWide(one)]).toEqual([width, false])
  }
  await one.page.setViewportSize({ width: 320, height: 800 })
  for (const name of hostileNames.slice(-6)) {
    await one.page.evaluate((table) => (location.hash = `#table=${encodeURIComponent(table)}`), name)
    await one.page.locator("dialog").getByText("Runs that changed").waitFor()
    expect([name, await isWide(one)]).toEqual([name, false])
    await one.page.keyboard.press("Escape")
    await one.page.locator("dialog").waitFor({ state: "detached" })
  }
  expect(await pages.faults(one)).toEqual([])
  await one.close()
})

describe("by the keyboard alone", () => {
  it("a table is found, opened and left, and the focus comes back to it", async () => {
    instance.set(status(oneOfEach()))
    const one = await opened()
    const { page } = one
    await page.keyboard.press("/")
    await page.keyboard.type("curr")
    expect(await page.locator("tbody tr").count()).toBe(1)
    expect(await page.locator(".bar [role=status]").textContent()).toBe("1 of 22")
    await page.locator("tbody").getByRole("link", { name: "currencies" }).focus()
    await page.keyboard.press("Enter")
    const dialog = page.locator("dialog", { hasText: "currencies" })
    await dialog.waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("detail-name")
    await page.keyboard.press("Tab")
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Close")
    await page.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("currencies")
    await one.close()
  })

  it("is sorted, and says by what", async () => {
    const one = await opened()
    const { page } = one
    const head = page.getByRole("columnheader", { name: "Rows" })
    await head.getByRole("button").focus()
    await page.keyboard.press("Enter")
    expect(await head.getAttribute("aria-sort")).toBe("ascending")
    expect(await page.locator("tbody tr th .name").first().textContent()).toBe("audit_log")
    await page.keyboard.press("Enter")
    expect(await head.getAttribute("aria-sort")).toBe("descending")
    await one.close()
  })

  it("the content is reached past the head", async () => {
    const one = await opened()
    await one.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await one.page.keyboard.press("Tab")
    expect(await one.page.evaluate(() => document.activeElement?.textContent)).toContain("Skip")
    await one.page.keyboard.press("Enter")
    expect(await one.page.evaluate(() => document.activeElement?.id)).toBe("main")
    await one.close()
  })
})

it("calls out changes of state by itself, of many only how many, and never the ticking numbers", async () => {
  instance.set(status(oneOfEach()))
  const one = await opened()
  const { page } = one
  const spoken = () => page.locator("[role=status].sr").last().textContent()
  await page.waitForTimeout(1200)
  expect(await spoken()).toBe("")
  const tables = oneOfEach().map((table) =>
    table.table === "users" ? { ...table, state: "paused" as const, paused: true } : table,
  )
  instance.set(status(tables))
  await expect.poll(spoken, { timeout: 8000 }).toBe("users: paused.")
  instance.set(status(tables.map((table) => ({ ...table, state: "paused" as const, paused: true }))))
  await expect.poll(spoken, { timeout: 8000 }).toMatch(/^\d+ tables have changed their state\.$/)
  await one.close()
})
