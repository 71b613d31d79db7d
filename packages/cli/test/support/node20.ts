import { execFile } from "node:child_process"
import { promisify } from "node:util"

const version = "20.9.0"

/** The oldest Node on which the command is to run, which npm fetches the first time. */
export const node20 = async (): Promise<string> => {
  const args = ["exec", "--yes", `--package=node@${version}`, "--", "node", "-p", "process.execPath"]
  const { stdout } = await promisify(execFile)("npm", args).catch((error: Error) => {
    throw new Error(`Node ${version} is missing; bring it with: npm ${args.join(" ")}\n${error.message}`)
  })
  return stdout.trim()
}
