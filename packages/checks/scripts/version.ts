import { readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../../..")
const read = (path: string) => readFileSync(join(root, path), "utf8")

/** The version of all packages. */
export const version: string = JSON.parse(read("packages/plugin/package.json")).version

/** Files beside the packages' own that hold it, with what each must be. */
export const filesWithVersion = (): ReadonlyArray<{ readonly path: string; readonly text: string }> =>
  [
    { path: "packages/plugin/src/internal/version.ts", place: /(?<=export const version = ")[^"]+/ },
    { path: "packages/plugin/meta.json", place: /(?<=^  "version": ")[^"]+/m },
  ].map(({ path, place }) => ({ path, text: read(path).replace(place, version) }))
