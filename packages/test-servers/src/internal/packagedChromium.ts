import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { brotliDecompress } from "node:zlib"
import { isProgram } from "./which.ts"

/** A Chromium, with what it needs in its environment. */
export interface Chromium {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

const decompress = promisify(brotliDecompress)
const run = promisify(execFile)

/** Where it is unpacked, beside the packages that it came with. */
const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url))

/** The Chromium that an npm package carries, with its libraries and a font; undefined where there is none for this system. */
export const packagedChromium = async (): Promise<Chromium | undefined> => {
  const found = await findPackage()
  if (found === undefined || process.platform !== "linux" || process.arch !== "x64") return undefined
  const folder = join(cache, `chromium-${found.version}`)
  if (!(await isProgram(join(folder, "chromium")))) await unpack(found.folder, folder)
  return {
    path: join(folder, "chromium"),
    env: { LD_LIBRARY_PATH: join(folder, "lib"), FONTCONFIG_PATH: folder, XDG_CACHE_HOME: join(folder, "cache") },
  }
}

const findPackage = async () => {
  try {
    const manifest = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../package.json")
    const { version } = JSON.parse(await readFile(manifest, "utf8")) as { readonly version: string }
    return { version, folder: join(dirname(manifest), "bin") }
  } catch {
    // It is optional: there is none for other systems.
    return undefined
  }
}

/** Unpacks into a folder that is there whole or not at all, whoever does the same meanwhile. */
const unpack = async (from: string, to: string): Promise<void> => {
  await mkdir(cache, { recursive: true })
  const scratch = await mkdtemp(join(cache, "chromium-"))
  const read = async (name: string) => decompress(await readFile(join(from, name)))
  await writeFile(join(scratch, "chromium"), await read("chromium.br"), { mode: 0o755 })
  for (const name of ["al2023.tar", "fonts.tar"]) {
    await writeFile(join(scratch, name), await read(`${name}.br`))
    await run("tar", ["-xf", join(scratch, name), "-C", scratch])
  }
  const fonts = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(to, "fonts")}</dir><dir>/usr/share/fonts</dir></fontconfig>`
  await writeFile(join(scratch, "fonts.conf"), fonts)
  await rename(scratch, to).catch(async (error: unknown) => {
    await rm(scratch, { recursive: true, force: true })
    if (!(await isProgram(join(to, "chromium")))) throw error
  })
}
