import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { agreed } from "../ask.ts"
import { clean } from "../print/clean.ts"
import { print } from "../print/out.ts"
import type { Style } from "../print/style.ts"
import { counted } from "../print/words.ts"
import { diffLines, hunksOf } from "./diff.ts"
import type { File, Read } from "./files/File.ts"

/** Reads files of a folder. */
export const reader =
  (folder: string): Read =>
  async (path) => {
    try {
      return await readFile(join(folder, path), "utf8")
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
      throw error
    }
  }

/** A file beside what stands in its place. */
interface Change {
  readonly file: File
  readonly before: string | undefined
}

/** New files of so many lines are shown whole, others by their names. */
const shownLines = 200

/** How a file would change, as a person reads it. Values of secrets are not shown. */
const changeLines = ({ before, file }: Change, style: Style): ReadonlyArray<string> => {
  const { isSecret = false, path, text } = file
  const lines = diffLines(before ?? "", text)
  const head = style.bold(`${before === undefined ? "new" : "changed"} ${path}`)
  if (before === undefined && (lines.length > shownLines || !isOurs(path)))
    return [`${head} (${counted(lines.length, "line")})`]
  const hidden = (line: string) => (isSecret ? line.replace(/^([^=]*=).*$/, "$1…") : line)
  return [
    head,
    ...hunksOf(lines).map((line) => {
      if (line === undefined) return style.dim("  …")
      const shown = `${line.mark} ${clean(hidden(line.text)).replaceAll("⟨0009⟩", "    ")}`
      return line.mark === "+" ? style.green(shown) : line.mark === "-" ? style.red(shown) : shown
    }),
  ]
}

/** What of a new folder deserves a look: the rest is the template's. */
const isOurs = (path: string): boolean => /(?:^|\/)(?:replication\.\w+|\.dev\.vars|\.gitignore|index\.ts)$/.test(path)

/** Shows how files would change, asks, and writes them: new ones together, each that is there already by itself. */
export const writeFiles = Effect.fnUntraced(function* (
  folder: string,
  files: ReadonlyArray<File>,
  options: { readonly yes: boolean; readonly isDry: boolean; readonly style: Style },
) {
  const read = reader(folder)
  const all = yield* Effect.promise(() =>
    Promise.all(files.map(async (file): Promise<Change> => ({ file, before: await read(file.path) }))),
  )
  const changes = all.filter(({ before, file }) => before !== file.text)
  if (changes.length === 0) {
    yield* print(`All of it stands in ${folder} already.`)
    return true
  }
  yield* print("", ...changes.flatMap((change) => changeLines(change, options.style)), "")
  if (options.isDry) return false
  const fresh = changes.filter(({ before }) => before === undefined)
  const isWanted =
    fresh.length === 0 ||
    (yield* agreed(options.yes, "init", `Write ${counted(fresh.length, "new file")} into ${folder}?`))
  if (!isWanted) {
    yield* print("Nothing was written.")
    return false
  }
  const written = [...fresh]
  for (const change of changes.filter(({ before }) => before !== undefined)) {
    if (yield* agreed(options.yes, "init", `Change ${change.file.path}, which is there already?`)) written.push(change)
    else yield* print(`${change.file.path} stays as it is.`)
  }
  yield* Effect.promise(() => Promise.all(written.map(({ file }) => write(folder, file))))
  yield* print(...written.map(({ file }) => `wrote ${join(folder, file.path)}`))
  return true
})

const write = async (folder: string, { isSecret, path, text }: File): Promise<void> => {
  const to = join(folder, path)
  await mkdir(dirname(to), { recursive: true })
  await writeFile(to, text, isSecret === true ? { mode: 0o600 } : {})
  if (isSecret === true) await chmod(to, 0o600)
}
