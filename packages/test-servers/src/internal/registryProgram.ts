import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { which } from "./which.ts"

/** A program that the package registry has for Linux on x64. */
export interface RegistryProgram {
  /** What it is, for who has to install it. */
  readonly title: string
  /** The package, without the platform. */
  readonly packages: string
  readonly program: string
  /** What to put on the PATH elsewhere, and how on macOS. */
  readonly elsewhere: string
}

/** Finds a program: the one of the registry's package, or else the one on the PATH. */
export const registryProgram = async ({ title, packages, program, elsewhere }: RegistryProgram): Promise<string> => {
  const name = `${packages}${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), program)
  } catch {
    const found = await which(program)
    if (found !== undefined) return found
    throw new Error(
      process.platform === "linux" && process.arch === "x64"
        ? `The program of ${title} (${name}) is not installed; run: npx --yes pnpm@12.21.0 install`
        : `The program of ${title} comes for Linux on x64 alone; put ${elsewhere}`,
    )
  }
}
