import { access, constants } from "node:fs/promises"
import { delimiter, join } from "node:path"

/** Where a program is, in the folders of the PATH and those of a system's servers. */
export const which = async (program: string): Promise<string | undefined> => {
  for (const directory of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"]) {
    const path = join(directory, program)
    if (await isProgram(path)) return path
  }
  return undefined
}

/** Whether there is a program at a path. */
export const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
