import type { File, Read } from "./File.ts"

/** Where `wrangler dev` reads secrets from. */
const path = ".dev.vars"

/** The file of secrets with these in it, each in place of an older one of its name; what else it holds stays. */
export const devVars = async (read: Read, secrets: Readonly<Record<string, string>>): Promise<File> => {
  const lines = ((await read(path)) ?? "").split("\n")
  const left = new Map(Object.entries(secrets))
  const kept = lines.map((line) => {
    const [, name = ""] = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line) ?? []
    const value = left.get(name)
    if (value === undefined) return line
    left.delete(name)
    return `${name}=${quoted(value)}`
  })
  while (kept.at(-1) === "") kept.pop()
  const added = Array.from(left, ([name, value]) => `${name}=${quoted(value)}`)
  return { path, text: `${[...kept, ...added].join("\n")}\n`, isSecret: true }
}

/** Whether a file of secrets sets one already. */
export const hasSecret = async (read: Read, name: string): Promise<boolean> =>
  new RegExp(String.raw`^\s*(?:export\s+)?${name}\s*=`, "m").test((await read(path)) ?? "")

/** A value as dotenv reads it back. */
const quoted = (value: string): string => {
  if (/^[\w.:/@%+~-]*$/.test(value)) return value
  const quote = ["'", "`", '"'].find((one) => !value.includes(one))
  return quote === undefined ? JSON.stringify(value) : `${quote}${value}${quote}`
}

/** The file that keeps secrets and replicas out of git; undefined where it does already. */
export const gitignore = async (read: Read, wanted: ReadonlyArray<string>): Promise<ReadonlyArray<File>> => {
  const text = (await read(".gitignore")) ?? ""
  const lines = new Set(text.split("\n").map((line) => line.trim()))
  const missing = wanted.filter((line) => !variants(line).some((one) => lines.has(one)))
  if (missing.length === 0) return []
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`
  return [{ path: ".gitignore", text: `${before}${missing.join("\n")}\n` }]
}

const variants = (line: string): ReadonlyArray<string> => [
  line,
  `/${line}`,
  line.replace(/\*$/, ""),
  `/${line.replace(/\*$/, "")}`,
]
