import { html, policy } from "./page.ts"

/** Where the page is; a path that ends in a slash is another one. */
export const pagePath = "/replicate/ui"

/**
 * The page must be nobody's frame, tell nobody where it was, and be what was built: no proxy may write into it, and no
 * other page may read it.
 */
const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy,
  "cache-control": "no-store, no-transform",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const

/** The operator's page. It holds nothing of the instance: what it shows it asks for, with the token that it is given. */
export const answerPage = (): Response => new Response(html, { headers })

/**
 * Answers a request for the page; undefined for any other. For hosts that look at tokens themselves: the page is for
 * anybody, and need not wake anything.
 */
export const pageFor = (request: Request): Response | undefined => {
  const { method, url } = request
  if ((method !== "GET" && method !== "HEAD") || new URL(url).pathname !== pagePath) return undefined
  return method === "HEAD" ? new Response(null, { headers }) : answerPage()
}
