import {
  axeScript,
  type Browser,
  type BrowserContext,
  type Page,
  startBrowser,
} from "@starbase-replication/test-servers/browser"
import { expect } from "vitest"
import { adminToken } from "./madeInstance.ts"

/** A page that was opened, and what it must not have done. */
export interface Opened {
  readonly page: Page
  readonly context: BrowserContext
  /** Fails where the page had an error, broke its policy or asked another host. */
  readonly close: () => Promise<void>
}

/** How a page is looked at. */
export interface Look {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: "light" | "dark"
  readonly forcedColors?: "active" | "none"
}

export const looks: Readonly<Record<string, Look>> = {
  light: {},
  dark: { colorScheme: "dark" },
  phone: { width: 390, height: 844 },
  "dark phone": { width: 390, height: 844, colorScheme: "dark" },
  "forced colours": { forcedColors: "active" },
}

/** One browser for a file of tests. */
export const startPages = async () => {
  const browser: Browser = await startBrowser()
  const axe = await axeScript()
  const open = async (url: string, look: Look = {}): Promise<Opened> => {
    const { width = 1280, height = 900, ...more } = look
    const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true, ...more })
    const page = await context.newPage()
    const wrong: Array<string> = []
    page.on("pageerror", (error) => wrong.push(`error: ${error.message}`))
    page.on("console", (message) => {
      // The console tells of answers that are no success; the page tells of them itself.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        wrong.push(message.text())
    })
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url())
      if (protocol !== "data:" && protocol !== "blob:" && origin !== new URL(url).origin)
        wrong.push(`asked ${request.url()}`)
    })
    page.on("dialog", (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(`${url}/replicate/ui`)
    return {
      page,
      context,
      close: async () => {
        await context.close()
        expect(wrong).toEqual([])
      },
    }
  }
  const signIn = async ({ page }: Opened, token = adminToken) => {
    await page.getByLabel("Admin token").fill(token)
    await page.getByRole("button", { name: "Open" }).click()
  }
  return {
    browser,
    open,
    signIn,
    /** What keeps people from using the page, by axe-core: WCAG 2.2 AA and what is good practice. */
    faults: async ({ page }: Opened): Promise<ReadonlyArray<string>> => {
      await page.evaluate(axe)
      return page.evaluate(async () => {
        const { violations } = await (
          globalThis as unknown as {
            axe: {
              run: (options: object) => Promise<{
                violations: ReadonlyArray<{
                  id: string
                  nodes: ReadonlyArray<{ html: string; failureSummary: string }>
                }>
              }>
            }
          }
        ).axe.run({
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        })
        return violations.flatMap(({ id, nodes }) =>
          nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
        )
      })
    },
    stop: () => browser.close(),
  }
}
