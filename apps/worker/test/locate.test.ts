import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { bundlePath, entries } from "../scripts/lib/bundle.ts"

/** The command `locate` over a text. */
const locate = async (input: string) => {
  const script = fileURLToPath(new URL("../scripts/locate.ts", import.meta.url))
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] })
  child.stdin.end(input)
  const [output] = await Promise.all([text(child.stdout), once(child, "close")])
  return output
}

/** A place of `src/auth.ts` in the bundle of an entry, as a stack names it. */
const placeIn = async (entry: string) => {
  const code = await readFile(bundlePath(entry), "utf8")
  const before = code.slice(0, code.indexOf("No token is set.")).split("\n")
  return `${entry}.js:${before.length}:${before.at(-1)?.length ?? 0}`
}

it.each(entries)(
  "locate names the source files of places in the bundle of %s, and leaves all else as it is",
  async (entry) => {
    const place = await placeIn(entry)
    const output = await locate(`{"stack":["at a (${place})","at b (file:///x/y/${place})"]}\nat c (other.js:1:2)\n`)
    expect(output).toMatch(
      /^\{"stack":\["at a \(apps\/worker\/src\/auth\.ts:\d+:\d+\)","at b \(apps\/worker\/src\/auth\.ts:\d+:\d+\)"\]\}\nat c \(other\.js:1:2\)\n$/,
    )
  },
)
