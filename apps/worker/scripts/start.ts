import { randomBytes } from "node:crypto"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { connectors } from "../src/connectors.ts"
import { bundlePath } from "./lib/bundle.ts"
import { loadDocument } from "./lib/document.ts"
import { runCommand, UserError } from "./lib/fail.ts"
import { holdData } from "./lib/hold.ts"
import { readable } from "./lib/readable.ts"
import { serve } from "./lib/serve.ts"
import { keepSignalsFromWorkerd, untilSignal } from "./lib/signal.ts"

const usage = `start --config replication.json [--port 8787] [--data data]

Serves the replica on this machine and keeps it up to date from the sources in the config.
  --config  the replication document; the secrets that it names are taken from the environment
  --port    where to listen, on 127.0.0.1
  --data    the folder that keeps the replica
ADMIN_AUTHORIZATION_TOKEN and CLIENT_AUTHORIZATION_TOKEN set the tokens; else they are made up.`

/** As often as the Cron Trigger of a deployment comes, beside the object's alarm. */
const tickMillis = 60_000

const readArguments = () => {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: "string" },
        port: { type: "string", default: "8787" },
        data: { type: "string", default: "data" },
        help: { type: "boolean", default: false },
      },
    })
    return values
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

const token = (name: string) => {
  const value = process.env[name]
  return value ? { value, note: `from ${name}` } : { value: randomBytes(18).toString("base64url"), note: "made up" }
}

await runCommand(async () => {
  const options = readArguments()
  if (options.help) return console.log(usage)
  if (options.config === undefined) throw new UserError(`--config is missing.\n\n${usage}`)
  const port = Number(options.port)
  if (!/^\d+$/.test(options.port) || port > 65_535) throw new UserError(`--port: "${options.port}" is no port`)
  const { document, secrets } = await loadDocument(options.config, connectors, process.env)
  const admin = token("ADMIN_AUTHORIZATION_TOKEN")
  const client = token("CLIENT_AUTHORIZATION_TOKEN")
  const ended = untilSignal()
  const data = resolve(options.data)
  const held = await holdData(data)
  keepSignalsFromWorkerd(held.idFile)
  const served = await serve({
    bundle: bundlePath("all"),
    config: document,
    adminToken: admin.value,
    clientToken: client.value,
    variables: secrets,
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
    -d '{"sql": "SELECT name FROM sqlite_master"}' ${served.url.href}query
Ctrl+C stops it.`)
  // The first tick sets the alarm of a new folder, and has an old one's run what it missed. What fails is in the log.
  const tick = () => void served.scheduled().catch(() => undefined)
  tick()
  const ticks = setInterval(tick, tickMillis)
  await ended
  console.log("Ending after the page that is being read; a second time stops at once.")
  clearInterval(ticks)
  await served.endRuns().finally(served.stop)
  await held.release()
})
