import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { isReleased, published } from "./packages.ts"
import { pluginFiles, pluginFolder } from "./starbasedbPlugin.ts"

const root = join(import.meta.dirname, "../../..")
const read = (path: string) => readFileSync(join(root, path), "utf8")

/** The version of all packages. */
export const version = (): string => JSON.parse(read("packages/plugin/package.json")).version

/** Pages that may say what holds until the first release alone. */
export const pages: ReadonlyArray<string> = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  ...published.map((name) => `packages/${name}/README.md`),
  "packages/cli/template/worker/README.md",
].filter((path) => existsSync(join(root, path)))

/** A page without what holds until the first release alone. */
const released = (text: string): string =>
  text.replaceAll(/<!-- until the first release -->\n[^]*?<!-- \/until -->\n\n?/g, "")

/** Files beside the packages' own that hold the version or say whether there is a release, with what each must be. */
export const filesWithVersion = (): ReadonlyArray<{ readonly path: string; readonly text: string }> => [
  ...[
    { path: "packages/plugin/src/internal/version.ts", place: /(?<=export const version = ")[^"]+/ },
    { path: "packages/plugin/meta.json", place: /(?<=^  "version": ")[^"]+/m },
  ].map(({ path, place }) => ({ path, text: read(path).replace(place, version()) })),
  ...(isReleased() ? pages.map((path) => ({ path, text: released(read(path)) })) : []),
]

/** Files that are made of these, and come after them. */
export const filesMadeOfThem = (): ReadonlyArray<{ readonly path: string; readonly text: string }> =>
  Array.from(pluginFiles(), ([name, text]) => ({ path: relative(root, join(pluginFolder, name)), text }))
