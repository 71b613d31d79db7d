import { Hono } from "hono"
import { answer } from "./answer.ts"
import type { App, Variables } from "./plugin.ts"
import { type QueryContext, queryRoute } from "./query.ts"

/**
 * The routes of one request whose role is known. Plugins come before the core's own routes and see the context that
 * StarbaseDB would give them: `config` and `dataSource`.
 */
export const makeApp = async (context: QueryContext): Promise<App> => {
  const app: App = new Hono<{ Variables: Variables }>()
  app.use(async (c, next) => {
    c.set("config", context.config)
    c.set("dataSource", context.dataSource)
    await next()
  })
  app.notFound(() => answer({ error: "Not found" }, 404))
  app.onError((error) => {
    console.error(error)
    return answer({ error: error.message }, 500)
  })
  for (const plugin of context.plugins) await plugin.register(app)
  app.post("/query", (c) => queryRoute(c.req.raw, false, context))
  app.post("/query/raw", (c) => queryRoute(c.req.raw, true, context))
  return app
}
