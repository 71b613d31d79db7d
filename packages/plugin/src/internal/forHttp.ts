import type { Action, ErrorDescription } from "@starbase-replication/core/sink"

const words: Readonly<Record<Action, (route: string) => string>> = {
  confirm: (route) => `${route} allows it.`,
  refresh: (route) => `${route} builds it anew.`,
  resume: (route) => `Then ${route} lets the table go on.`,
}

/** The error of a replica table, with a hint that names the route by which an operator acts. */
export const forHttp = (error: ErrorDescription, into: string): ErrorDescription => {
  const { action, hint } = error
  if (action === null) return error
  return { ...error, hint: `${hint} ${words[action](`POST /replicate/${encodeURIComponent(into)}/${action}`)}` }
}
