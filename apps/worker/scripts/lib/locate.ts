import { existsSync, readFileSync } from "node:fs"
import { SourceMap } from "node:module"
import { basename, dirname, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

/**
 * Names the places of a bundle in a text, such as those of a stack, by the files of the repository that the bundle was
 * made of, as far as the source map beside it knows; without one they stay as they are.
 */
export const makeLocate = (bundle: string): ((text: string) => string) => {
  const name = basename(bundle).replaceAll(".", String.raw`\.`)
  const place = new RegExp(String.raw`(?:file://[^\s"()]*/)?\b${name}:(\d+):(\d+)`, "g")
  let map: SourceMap | undefined
  if (!existsSync(`${bundle}.map`)) return (text) => text
  return (text) =>
    text.replaceAll(place, (found, line: string, column: string) => {
      map ??= new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, "utf8")))
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
      if (!("originalSource" in entry)) return found
      const file = relative(root, resolve(dirname(bundle), entry.originalSource))
      return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
    })
}
