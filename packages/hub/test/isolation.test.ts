import { type SqliteObject, type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Identity } from "../src/index.ts"
import { asking, Refused, Replica } from "./support/client.ts"
import { arrange, bring, planOf, rebuild } from "./support/hub.ts"

let objects: SqliteObjects
beforeAll(async () => {
  objects = await startSqliteObjects()
})
afterAll(() => objects.stop())

/** Numbers by lot, the same for the same seed. */
const drawing = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Names that are easily taken for each other. */
const tenants = ["1", "01", "1 ", "a", "A", "", "1.0", "null", "t1"]
const fanOf = (into: string) => (into === "items" ? { column: "owner" } : ("all" as const))
const items = planOf({ id: "integer", owner: "text", note: "text" })
const numbered = planOf({ id: "integer", owner: "integer", note: "text" })

/**
 * A hub with things happening to it, each value of which says under which tenant it was written. Of a hub with an odd seed only
 * rows are changed: nothing else there would heal what was missed.
 */
const makeHub = async (seed: number) => {
  const object = objects.object()
  const draw = drawing(seed)
  let count = 0
  const note = (owner: string | null) => `${owner ?? "nobody"}|${(count += 1)}`
  const anyOwner = () => (draw(10) === 0 ? null : (tenants[draw(tenants.length)] ?? null))
  const text = (value: string | null) => (value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`)
  const id = () => 1 + draw(40)
  const rows = () =>
    Array.from({ length: draw(40) }, (_, at) => {
      const owner = anyOwner()
      return [String(at + 1), owner, note(owner)]
    })
  await bring(object, items, [...rows(), ["99", "1", note("1")]])
  await arrange(object, fanOf)
  const run = (sql: string) => object.execute(sql, [])
  const moved = (owner: string | null) => `owner = ${text(owner)}, note = ${text(note(owner))}`
  const happen: ReadonlyArray<() => Promise<unknown>> = [
    () => run(`UPDATE items SET ${moved(anyOwner())} WHERE id = ${id()}`),
    () => run(`UPDATE items SET ${moved(anyOwner())} WHERE id % 7 = ${draw(7)}`),
    () => run(`DELETE FROM items WHERE id = ${id()}`),
    async () => {
      const owner = anyOwner()
      const verb = ["INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"][draw(3)]
      await run(`${verb} INTO items (id, owner, note) VALUES (${id()}, ${text(owner)}, ${text(note(owner))})`)
    },
    () => run(`UPDATE OR REPLACE items SET id = ${id()} WHERE id = ${id()}`),
    async () => {
      const owner = anyOwner()
      await bring(object, items, [[String(id()), owner, note(owner)]])
    },
  ]
  const upset: typeof happen = [
    async () => {
      if (draw(6) === 0) await rebuild(object, items, rows())
    },
    async () => {
      if (draw(6) === 0) await arrange(object, fanOf, 1, { age: 1, entries: 5 })
    },
    async () => {
      if (draw(20) === 0) await run("DROP TRIGGER IF EXISTS tmp_replication_changed_au_items")
    },
    async () => {
      if (draw(20) === 0) await run("DELETE FROM tmp_replication_hub")
      await arrange(object, fanOf)
    },
  ]
  const all = seed % 2 === 0 ? [...happen, ...upset] : happen
  /** Lets something happen now and then before a statement of the hub's is run. */
  const troubled: SqliteObject["execute"] = async (sql, params) => {
    while (draw(3) === 0) await all[draw(all.length)]?.()
    return object.execute(sql, params)
  }
  return { object, troubled, draw }
}

/** Every value that an answer has. */
const textsIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : []
}

describe("a tenant", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "is never told a value that was written under another one, and comes to what is its own (%i)",
    async (seed) => {
      const { object, troubled } = await makeHub(seed)
      const replicas = [...tenants.map((tenant) => ({ tenant })), "all" as const].map((identity: Identity) => {
        const see = (answer: unknown) => {
          for (const text of textsIn(answer)) {
            const [, owner] = /^(.*)\|\d+$/s.exec(text) ?? []
            if (owner !== undefined && identity !== "all") expect(owner).toBe(identity.tenant)
          }
        }
        return {
          identity,
          troubled: new Replica(asking(troubled, identity, see)),
          calm: asking(object.execute, identity, see),
        }
      })
      let told = 0
      for (let turn = 0; turn < 4; turn += 1) {
        for (const one of replicas) {
          await one.troubled.step().catch((error: unknown) => {
            if (!(error instanceof Refused) || !/^(?:source-busy|table-missing)$/.test(error.code)) throw error
          })
          told += [...one.troubled.tables.values()].reduce((sum, { rows }) => sum + rows.size, 0)
        }
      }
      expect(told).toBeGreaterThan(0)
      // Once nothing happens any more, each has what is its own.
      await arrange(object, fanOf)
      for (const { identity, troubled: replica, calm } of replicas) {
        const own = new Replica(calm)
        own.at = replica.at
        for (const [name, table] of replica.tables) own.tables.set(name, table)
        await own.step()
        const where = identity === "all" ? "" : `WHERE owner = '${identity.tenant}'`
        const wanted = await object.execute(`SELECT CAST(id AS TEXT), owner, note FROM items ${where} ORDER BY id`, [])
        const found = [...(own.tables.get("items")?.rows.values() ?? [])].toSorted(
          (a, b) => Number(a[0]) - Number(b[0]),
        )
        expect(found).toEqual(wanted)
      }
    },
  )

  it("is whose name the value is, whatever class it is stored as, and of a blob or a double nobody is", async () => {
    const object = objects.object()
    await bring(object, numbered, [["1", "7", "seven"]])
    await arrange(object, fanOf)
    await object.execute(
      "INSERT INTO items VALUES (2, '7', 'text'), (3, x'37', 'blob'), (4, 7.5, 'double'), (5, '07', 'other'), (6, '7a', 'mixed')",
      [],
    )
    const rowsOf = async (tenant: string) => {
      const replica = new Replica(asking(object.execute, { tenant }))
      await replica.step()
      return [...(replica.tables.get("items")?.rows.values() ?? [])].map(([, , note]) => note)
    }
    // To an INTEGER column '07' and '7' are 7.
    expect(await rowsOf("7")).toEqual(["seven", "text", "other"])
    for (const nobody of ["7.5", "7.0", "07", " 7", "x'37'", "blob", "n", "t7"])
      expect(await rowsOf(nobody)).toEqual([])
  })

  it("is found in columns of every kind that may say it, also at the ends of int64 and beyond", async () => {
    const ends = ["-9223372036854775808", "9223372036854775807", "9223372036854775808", "18446744073709551615", "0"]
    for (const type of ["integer", "unsigned", "text", "decimal"] as const) {
      const object = objects.object()
      const isIn = (one: string) => type !== "integer" || BigInt(one) < 2n ** 63n
      const isPositive = (one: string) => type !== "unsigned" || !one.startsWith("-")
      const given = ends.filter(isIn).filter(isPositive)
      const plan = planOf({ id: "integer", owner: type, note: "text" })
      await bring(
        object,
        plan,
        given.map((one, at) => [String(at), one, one]),
      )
      await arrange(object, fanOf)
      for (const tenant of ends) {
        const replica = new Replica(asking(object.execute, { tenant }))
        await replica.step()
        const rows = [...(replica.tables.get("items")?.rows.values() ?? [])].map(([, , note]) => note)
        expect([type, tenant, rows]).toEqual([type, tenant, given.includes(tenant) ? [tenant] : []])
      }
    }
  })

  it("has its rows found by an index, in the order of their keys", async () => {
    const object = objects.object()
    await bring(object, items, [["1", "a", "a|1"]])
    await arrange(object, fanOf)
    const plans: Array<string> = []
    const execute: SqliteObject["execute"] = async (sql, params) => {
      if (/FROM "items"/.test(sql)) {
        const plan = await object.execute(`EXPLAIN QUERY PLAN ${sql}`, params)
        plans.push(plan.map(([, , , detail]) => String(detail)).join("\n"))
      }
      return object.execute(sql, params)
    }
    const replica = new Replica(asking(execute, { tenant: "a" }))
    await replica.step()
    expect(plans[0]).toMatch(/SEARCH t USING (?:COVERING )?INDEX tmp_replication_fed_items \(owner=\?/)
    expect(plans[0]).not.toMatch(/SCAN t\b/)
  })

  it.each(["a\0b", "\uD800"])("is not called %j", async (tenant) => {
    const object = objects.object()
    await bring(object, items, [["1", "a", "a|1"]])
    await arrange(object, fanOf)
    await expect(asking(object.execute, { tenant })({ method: "hello" })).rejects.toMatchObject({
      code: "invalid-config",
    })
  })
})
