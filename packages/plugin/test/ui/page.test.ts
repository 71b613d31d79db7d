import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { makeUi, uiFile } from "../../scripts/ui.ts"
import { pageFor, ReplicationPlugin } from "../../src/index.ts"
import * as page from "../../src/internal/page/page.ts"
import { makeInstance } from "../support/instance.ts"

const made = (ui?: boolean) =>
  makeInstance(async () => [], { config: { tables: [] }, ...(ui === undefined ? {} : { ui }) })
const ask = (path: string, method = "GET") => pageFor(new Request(`https://db.example.com${path}`, { method }))

it("the page that is shipped is that of ui/; `pnpm --filter @starbase-replication/plugin ui` writes it", async () => {
  const { html, policy } = await makeUi()
  expect([html === page.html, policy === page.policy]).toEqual([true, true])
})

it("is as small as the docs say", () => {
  const text = readFileSync(uiFile, "utf8")
  const docs = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8")
  const [, said = "0"] = /(\d+) KB with gzip/.exec(docs) ?? []
  expect(Math.abs(gzipSync(text, { level: 9 }).length / 1000 - Number(said))).toBeLessThan(1)
})

it("lets its one script and its one style run, by the hashes of the bytes that are served, and nothing else", async () => {
  const response = await made().send("GET", "/replicate/ui", undefined)
  const html = await response.text()
  const policy = response.headers.get("content-security-policy") ?? ""
  const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`
  for (const [element, directive] of [
    ["script", "script-src"],
    ["style", "style-src"],
  ] as const) {
    const found = [...html.matchAll(new RegExp(`<${element}[^>]*>([^]*?)</${element}>`, "g"))]
    expect(found).toHaveLength(1)
    expect(policy).toContain(`${directive} ${hashOf(found[0]?.[1] ?? "")};`)
  }
  expect(policy.split("; ")).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "form-action 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
    ]),
  )
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  })
  expect(response.headers.get("access-control-allow-origin")).toBeNull()
})

it("names no other host", () => {
  const text = readFileSync(uiFile, "utf8")
  expect(
    [...text.matchAll(/https?:\/\/[^\s"'`\\)]+/g)]
      .map(([url]) => url)
      .filter((url) => !url.startsWith("http://www.w3.org/")),
  ).toEqual([])
  expect(/eval\(|new Function|localStorage|document\.cookie/.test(text)).toBe(false)
})

it("makes nothing of a text but text", () => {
  const folder = new URL("../../ui/", import.meta.url)
  const doors = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser/
  const found = readdirSync(folder).filter((name) => doors.test(readFileSync(new URL(name, folder), "utf8")))
  expect(found).toEqual([])
})

describe("who may have the page", () => {
  it("is anybody, as StarbaseDB takes the prefix, and nothing else is let through with it", () => {
    const { opts, pathPrefix } = new ReplicationPlugin({ config: undefined, connectors: [] })
    // As StarbaseDB's plugin registry does it.
    const isThrough = (path: string) => !opts.requiresAuth && new RegExp(`^${pathPrefix}`).test(path)
    expect(isThrough("/replicate/ui")).toBe(true)
    for (const path of [
      "/replicate",
      "/replicate/ui/pause",
      "/replicate/uiorders",
      "/replicate/status",
      "/x/replicate/ui",
      "/replicate/%75i",
    ]) {
      expect([path, isThrough(path)]).toEqual([path, false])
    }
  })

  it("is nobody who asks for more: whatever else stands at its path wants the admin", async () => {
    const { send } = made()
    expect((await send("GET", "/replicate/ui", undefined)).status).toBe(200)
    expect((await send("HEAD", "/replicate/ui", undefined)).status).toBe(200)
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      expect([method, (await send(method, "/replicate/ui", undefined)).status]).toEqual([method, 403])
    }
    for (const path of ["status", "history", "config", "check", "metrics", "openapi", "rejects", "differences"]) {
      expect([path, (await send("GET", `/replicate/${path}`, undefined)).status]).toEqual([path, 403])
      expect([path, (await send("GET", `/replicate/${path}`, "client")).status]).toEqual([path, 403])
    }
  })

  it("is nobody where it is turned off", async () => {
    const { opts, pathPrefix } = new ReplicationPlugin({ config: undefined, connectors: [], ui: false })
    expect([opts.requiresAuth, pathPrefix]).toEqual([true, "/replicate"])
    const { send } = made(false)
    const response = await send("GET", "/replicate/ui", "admin")
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"])
    expect((await send("GET", "/replicate/ui", undefined)).status).toBe(403)
  })

  it("asks a host that knows the tokens for GET and HEAD of exactly its path", async () => {
    expect((await ask("/replicate/ui")?.text())?.startsWith("<!doctype html>")).toBe(true)
    expect(await ask("/replicate/ui", "HEAD")?.text()).toBe("")
    expect(ask("/replicate/ui?table=x")?.status).toBe(200)
    for (const path of [
      "/replicate/ui/",
      "/replicate/UI",
      "/replicate/status",
      "/replicate/ui/pause",
      "/",
      "//replicate/ui",
    ]) {
      expect([path, ask(path)]).toEqual([path, undefined])
    }
    for (const method of ["POST", "PUT", "OPTIONS"]) expect(ask("/replicate/ui", method)).toBeUndefined()
  })

  it("is run behind no request: a stranger who opens it makes nothing due run", async () => {
    const instance = makeInstance(async () => [], { config: { tables: [] }, onRequest: true })
    await instance.send("GET", "/replicate/ui", undefined)
    expect(await instance.settle()).toBe(0)
  })
})
