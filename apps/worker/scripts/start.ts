import { parseArgs } from "node:util"
import { bundlePath } from "./lib/bundle.ts"
import { runCommand, UserError } from "./lib/fail.ts"
import { start } from "./lib/start.ts"

const usage = `start --config replication.json [--port 8787] [--data data]

Serves the replica on this machine and keeps it up to date from the sources in the config.
  --config  the replication document; the secrets that it names are taken from the environment
  --port    where to listen, on 127.0.0.1
  --data    the folder that keeps the replica
ADMIN_AUTHORIZATION_TOKEN and CLIENT_AUTHORIZATION_TOKEN set the tokens; else they are made up.`

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

await runCommand(async () => {
  const { config, data, help, port } = readArguments()
  if (help) return console.log(usage)
  if (config === undefined) throw new UserError(`--config is missing.\n\n${usage}`)
  await start({ config, data, port, bundle: bundlePath("all") })
})
