import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { type Browser, chromium as playwright } from "playwright-core"
import { fromDebian } from "./internal/debianPackage.ts"
import { type Chromium, packagedChromium } from "./internal/packagedChromium.ts"
import { isProgram, which } from "./internal/which.ts"

export type { Browser, BrowserContext, Locator, Page } from "playwright-core"

/**
 * Starts a Chromium without a window: the one that CHROMIUM_PATH names, the one that an npm package carries, or Debian's,
 * which is installed where this process is root.
 */
export const startBrowser = async (): Promise<Browser> => {
  const { path, env } = await findChromium()
  return playwright.launch({
    executablePath: path,
    // Root has no sandbox, and a container no large /dev/shm.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"],
    env: { ...process.env, ...env } as Record<string, string>,
  })
}

const findChromium = async (): Promise<Chromium> => {
  const named = process.env["CHROMIUM_PATH"]
  if (named !== undefined && named !== "") {
    if (await isProgram(named)) return { path: named, env: {} }
    throw new Error(`CHROMIUM_PATH names ${named}, which is no program.`)
  }
  const packaged = await packagedChromium()
  if (packaged !== undefined) return packaged
  const path = await fromDebian("chromium", "A Chromium (CHROMIUM_PATH may name one)", () => which("chromium"))
  return { path, env: {} }
}

/** The text of axe-core, which tells what keeps people from using a page. */
export const axeScript = (): Promise<string> =>
  readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
