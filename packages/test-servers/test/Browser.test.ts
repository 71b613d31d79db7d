import { expect, it } from "vitest"
import { axeScript, startBrowser } from "../src/Browser.ts"

it("a real Chromium is there, wherever it comes from, and axe-core runs in it", async () => {
  const browser = await startBrowser()
  try {
    const page = await browser.newPage()
    await page.setContent("<html lang=en><title>t</title><main><h1>h</h1><img src='data:,'></main>")
    await page.evaluate(await axeScript())
    const found = await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))")
    expect(found).toEqual(["image-alt"])
    // What is drawn has glyphs of its own.
    expect(await page.evaluate("document.fonts.check('16px \"Open Sans\"')")).toBe(true)
  } finally {
    await browser.close()
  }
})

it("a CHROMIUM_PATH that names nothing is told", async () => {
  process.env["CHROMIUM_PATH"] = "/nowhere/chromium"
  try {
    await expect(startBrowser()).rejects.toThrow("CHROMIUM_PATH names /nowhere/chromium")
  } finally {
    delete process.env["CHROMIUM_PATH"]
  }
})
