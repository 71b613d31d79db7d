import { afterAll, beforeAll, expect, it } from "vitest"
import type { FleetSummary, ShownReplica } from "../../ui/types.ts"
import { iso, oneOfEach, status } from "./support/made.ts"
import { type MadeInstance, startMade } from "./support/madeInstance.ts"
import { startPages } from "./support/open.ts"

let instance: MadeInstance
let pages: Awaited<ReturnType<typeof startPages>>
beforeAll(async () => {
  instance = await startMade(status([]))
  pages = await startPages()
})
afterAll(async () => {
  await pages?.stop()
  await instance?.stop()
})

const hub = { epoch: "e", seq: 7, trimmed: 0, entries: 7, oldest: iso(0), tables: [] }

const evil = "tenant:<img src=x onerror=document.title='pwned'>"

const replica = (name: string, more: Partial<ShownReplica> = {}): ShownReplica => ({
  replica: name,
  since: iso(0),
  todo: null,
  lagSeconds: 0,
  toldAt: iso(0),
  seq: 5,
  error: null,
  errorAt: null,
  ...more,
})

const fleet: FleetSummary = {
  count: 12_000,
  seeded: 11_998,
  deleted: 3,
  failing: 1,
  lagSeconds: { p50: 0, p99: 4, max: 90 },
  worst: [replica("tenant:slow", { lagSeconds: 90 }), replica(evil, { lagSeconds: 4 })],
  errors: [replica("tenant:odd", { lagSeconds: null, error: evil, errorAt: iso(0) })],
  hints: { sent: 17, failed: 0 },
  sweep: { total: 12_000, left: 250, startedAt: iso(0), workflow: "w" },
}

it("shows no replicas where the instance is no hub, and asks for none", async () => {
  instance.set(status(oneOfEach()))
  const one = await pages.open(instance.url)
  await pages.signIn(one)
  await one.page.locator("table.tables").waitFor()
  expect(await one.page.getByText("Replicas of this hub").count()).toBe(0)
  expect(instance.requests.some(({ path }) => path.startsWith("/replicate/replicas"))).toBe(false)
  await one.close()
})

it("shows how many there are, the worst, the errors, and any one", async () => {
  instance.set(status(oneOfEach(), { hub }))
  instance.setFleet(fleet)
  const one = await pages.open(instance.url)
  const { page } = one
  await pages.signIn(one)
  const section = page.locator("section", { has: page.getByRole("heading", { name: "Replicas of this hub" }) }).last()
  await section.getByText("12,000", { exact: true }).waitFor()
  await section.getByText("11,998 loaded whole, 3 deleted").waitFor()
  await section.getByText("250", { exact: true }).waitFor()
  expect(await section.getByRole("list", { name: "Behind the most" }).getByRole("listitem").allTextContents()).toEqual([
    expect.stringMatching(/^tenant:slow.*90 s|2 min behind$/),
    expect.stringContaining("onerror"),
  ])
  expect(await pages.faults(one)).toEqual([])
  await section.getByLabel("One replica").fill("tenant:odd")
  await page.keyboard.press("Enter")
  await section.getByRole("status").getByText("not loaded yet").waitFor()
  await section.getByLabel("One replica").fill("tenant:none")
  await page.keyboard.press("Enter")
  await section.getByText('There is no replica "tenant:none".').waitFor()
  expect(await page.title()).not.toContain("pwned")
  expect(await page.evaluate(() => document.images.length)).toBe(0)
  await one.close()
})
