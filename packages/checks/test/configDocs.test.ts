import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { writtenDocs } from "../scripts/configDocs.ts"

/** A text without what the formatter does to its tables. */
const plain = (text: string): string =>
  text
    .replaceAll(/-{3,}/g, "-")
    .replaceAll(/[ \t]+/g, " ")
    .trim()

it.each(writtenDocs())("$file says what the schema says; `pnpm --filter checks schema` writes it", ({ file, text }) => {
  expect(plain(readFileSync(file, "utf8"))).toBe(plain(text))
})
