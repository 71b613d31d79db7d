import { randomBytes } from "node:crypto"
import { resolve } from "node:path"
import { readReplicas } from "@starbase-replication/core/config"
import { connectors } from "../../src/connectors.ts"
import { loadDocument } from "./document.ts"
import { UserError } from "./fail.ts"
import { holdData } from "./hold.ts"
import { readable } from "./readable.ts"
import { serve } from "./serve.ts"
import { keepSignalsFromWorkerd, untilSignal } from "./signal.ts"

/** What is served, and where. */
export interface StartOptions {
  /** The file of the replication document; the secrets that it names are taken from the environment. */
  readonly config: string
  readonly port: string
  /** The folder that keeps the replica. */
  readonly data: string
  /** The bundle of the Worker with all connectors. */
  readonly bundle: string
  /** More lines to print once it answers. */
  readonly more?: (url: URL, adminToken: string) => ReadonlyArray<string>
}

/** As often as the Cron Trigger of a deployment comes, beside the object's alarm. */
const tickMillis = 60_000

const token = (name: string) => {
  const value = process.env[name]
  return value ? { value, note: `from ${name}` } : { value: randomBytes(18).toString("base64url"), note: "made up" }
}

/** What tokens of replicas are signed with: those that were made before hold while it is the same. */
const tokenSecret = () => process.env["REPLICA_TOKEN_SECRET"] || randomBytes(32).toString("base64url")

/**
 * Serves the replica on this machine and keeps it up to date from the sources in the config, until the process is asked to
 * end. A {@link UserError} says what is wrong with what it was given.
 */
export const start = async (options: StartOptions): Promise<void> => {
  const port = Number(options.port)
  if (!/^\d+$/.test(options.port) || port > 65_535) throw new UserError(`--port: "${options.port}" is no port`)
  const { document, secrets } = await loadDocument(options.config, connectors, process.env)
  const admin = token("ADMIN_AUTHORIZATION_TOKEN")
  const client = token("CLIENT_AUTHORIZATION_TOKEN")
  const hasFleet = readReplicas(document) !== undefined
  const ended = untilSignal()
  const data = resolve(options.data)
  const held = await holdData(data)
  keepSignalsFromWorkerd(held.idFile)
  const served = await serve({
    bundle: options.bundle,
    config: document,
    adminToken: admin.value,
    clientToken: client.value,
    variables: hasFleet ? { ...secrets, REPLICA_TOKEN_SECRET: tokenSecret() } : secrets,
    hasFleet,
    port,
    data,
    onLog: (line) => console.log(readable(line)),
  })
  console.log(`The replica answers at ${served.url.href} and is kept in ${data}
admin token   ${admin.value} (${admin.note})
client token  ${client.value} (${client.note})
Open ${served.url.href}replicate/ui in a browser to see and steer it; it asks for the admin token.
  curl -H "Authorization: Bearer ${admin.value}" ${served.url.href}replicate/status
  curl -H "Authorization: Bearer ${client.value}" -H "Content-Type: application/json" \\
    -d '{"sql": "SELECT name FROM sqlite_master"}' ${served.url.href}query`)
  if (hasFleet) {
    console.log(`Replicas of it are made and read with tokens of their own, which hold while REPLICA_TOKEN_SECRET is the same:
  curl -H "Authorization: Bearer ${admin.value}" -d '{"replica": "tenant:42"}' ${served.url.href}replicate/replicas/token
  curl -H "Authorization: Bearer ${admin.value}" ${served.url.href}replicate/replicas`)
  }
  for (const line of options.more?.(served.url, admin.value) ?? []) console.log(line)
  console.log("Ctrl+C stops it.")
  // The first tick sets the alarm of a new folder, and has an old one's run what it missed. What fails is in the log.
  const tick = () => void served.scheduled().catch(() => undefined)
  tick()
  const ticks = setInterval(tick, tickMillis)
  await ended
  console.log("Ending after the page that is being read; a second time stops at once.")
  clearInterval(ticks)
  await served.endRuns().finally(served.stop)
  await held.release()
}
