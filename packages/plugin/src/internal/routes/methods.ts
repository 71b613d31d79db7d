import type { StarbaseHandler } from "../../Starbase.ts"
import { forbidden, json } from "../answer.ts"
import type { Route } from "./Route.ts"

/** The paths of routes, each once. */
export const pathsOf = (routes: ReadonlyArray<Route>): ReadonlyArray<string> => [
  ...new Set(routes.map(({ path }) => path)),
]

/** Answers a request whose path is known and whose method is not: 405, with the methods that are. */
export const otherMethod =
  (routes: ReadonlyArray<Route>): StarbaseHandler =>
  async (context) => {
    if (context.get("config").role !== "admin") return forbidden()
    const { method, url } = context.req.raw
    const path = new URL(url).pathname
    const methods = new Set(routes.filter((route) => isAt(route.path, path)).map((one) => one.method.toUpperCase()))
    const allow = [...methods, ...(methods.has("GET") ? ["HEAD"] : [])].join(", ")
    return json(405, { error: `${path} does not know ${method}. Use ${allow}.` }, { allow })
  }

const isAt = (template: string, path: string): boolean => {
  const parts = path.split("/")
  const wanted = template.split("/")
  return wanted.length === parts.length && wanted.every((part, index) => part.startsWith(":") || part === parts[index])
}
