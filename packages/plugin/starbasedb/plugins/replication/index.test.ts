import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import { ReplicationPlugin } from './index'

const config = {
    sources: { shop: { type: 'postgres', url: { secret: 'SHOP_URL' } } },
    tables: [{ source: 'shop', table: 'public.orders' }],
} as const

/** The routes of an instance with the plugin alone, asked with a role. */
const makeApp = async (plugin: ReplicationPlugin, role: 'admin' | 'client') => {
    const app = new Hono<{ Variables: Record<string, unknown> }>()
    const executeQuery = vi.fn(async () => [])
    app.use(async (c, next) => {
        c.set('config', { role })
        c.set('dataSource', { rpc: { executeQuery }, source: 'internal' })
        await next()
    })
    await plugin.register(app as never)
    return { app, executeQuery }
}

describe('ReplicationPlugin', () => {
    const secrets = { SHOP_URL: 'postgres://user:pass@localhost/shop' }

    it('opens no path of the API to requests without a token', () => {
        const { opts, pathPrefix } = new ReplicationPlugin({ config, secrets })
        const isOpen = (path: string) =>
            !opts.requiresAuth && new RegExp(`^${pathPrefix}`).test(path)
        expect(isOpen('/replicate')).toBe(false)
        expect(isOpen('/replicate/status')).toBe(false)
        expect(isOpen('/replicate/orders/reset')).toBe(false)
    })

    it('turns away who is not the admin, and asks the database nothing', async () => {
        const plugin = new ReplicationPlugin({ config, secrets })
        const { app, executeQuery } = await makeApp(plugin, 'client')
        for (const [path, method] of [
            ['/replicate', 'POST'],
            ['/replicate/status', 'GET'],
        ] as const) {
            expect((await app.request(path, { method })).status).toBe(403)
        }
        expect(executeQuery).not.toHaveBeenCalled()
    })

    it('answers a wrong config with each problem and its path', async () => {
        const wrong = { ...config, tables: [{ name: 'orders' }] } as never
        const plugin = new ReplicationPlugin({ config: wrong, secrets })
        const { app } = await makeApp(plugin, 'admin')
        const response = await app.request('/replicate', { method: 'POST' })
        expect(response.status).toBe(400)
        const { error } = (await response.json()) as { error: string }
        expect(error).toContain('tables[0].name: is not known here')
        expect(error).toContain('tables[0].source: is missing')
        expect(error).not.toContain('pass')
    })

    it('lets queries pass as they are', async () => {
        const plugin = new ReplicationPlugin({ config, secrets })
        const query = { sql: 'SELECT ?', params: [1] }
        expect(await plugin.beforeQuery(query)).toEqual(query)
    })
})
