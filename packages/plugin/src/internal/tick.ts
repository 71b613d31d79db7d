import type { StarbaseApp, StarbaseContext, StarbaseHandler } from "../Starbase.ts"
import { runBehind } from "./behind.ts"
import { cronTask } from "./cronTask.ts"
import type { Open } from "./open.ts"

/** Where StarbaseDB's CronPlugin is called with the tasks whose time has come. */
const callback = "/cron/callback"

/** What is wrong where the CronPlugin was registered first: it answers its callback, which then ends with it. */
export const tickProblem = ({ routes = [] }: StarbaseApp, cronHost: string | undefined): string | undefined =>
  cronHost !== undefined && routes.some(({ method, path }) => method === "POST" && path === callback)
    ? "cronHost: has no effect, because the CronPlugin stands before this plugin in the list and keeps its ticks; put this plugin before it"
    : undefined

/**
 * Has a tick run what is due. It carries the client's token, and anybody who has it can send one: it is a hint. The
 * CronPlugin goes on with the tasks that are others'.
 */
export const registerTick = (app: StarbaseApp, open: Open): void => {
  const tick: StarbaseHandler = async (context, next) => {
    runBehind(context, open)
    await leaveOut(context)
    await next()
  }
  app.post(callback, tick)
}

/** Takes this project's own task out of what those who listen to the CronPlugin are told. */
const leaveOut = async ({ req }: StarbaseContext): Promise<void> => {
  if (req.raw.bodyUsed) return
  const tasks: unknown = await req.raw
    .clone()
    .json()
    .catch(() => undefined)
  if (!Array.isArray(tasks)) return
  const others = tasks.filter((one: unknown) => !isOurs(one))
  if (others.length === tasks.length) return
  const headers = new Headers(req.raw.headers)
  headers.delete("content-length")
  req.raw = new Request(req.raw.url, { method: "POST", headers, body: JSON.stringify(others) })
}

const isOurs = (one: unknown): boolean =>
  typeof one === "object" && one !== null && "name" in one && one.name === cronTask
