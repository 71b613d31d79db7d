import { fileURLToPath } from "node:url"
import { UserError } from "@starbase-replication/worker/scripts/lib/fail.ts"
import { start } from "@starbase-replication/worker/scripts/lib/start.ts"

/** Serves a replica until the process is asked to end; answers what was wrong with what it was given. */
export const serve = async (options: {
  readonly config: string
  readonly port: string
  readonly data: string
}): Promise<string | undefined> => {
  try {
    await start({
      ...options,
      bundle: fileURLToPath(new URL("worker/all.js", import.meta.url)),
      more: (url, token) => [
        `  REPLICATION_URL=${url.href} REPLICATION_TOKEN=${token} npx starbase-replication status`,
      ],
    })
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
}
