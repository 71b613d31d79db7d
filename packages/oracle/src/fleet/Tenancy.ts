import type { Random } from "../log/Random.ts"

/** Names that are easily taken for one another, or for something else. */
const odd = ["1", "01", "a", "A", "a ", "ä", "t1", "n", "", "'; DROP TABLE orders --", "%", "\\", "1.0", "🦊"]

export const tenantsOf = (count: number): ReadonlyArray<string> => [
  ...odd.slice(0, count),
  ...Array.from({ length: Math.max(0, count - odd.length) }, (_, place) => `tenant ${place}`),
]

/** The tables of a history; `owner` is under whom a row was written last, so that a row tells by itself whose it is. */
export const makeTables = (schema: string): ReadonlyArray<string> => [
  `CREATE TABLE ${schema}.orders (id int PRIMARY KEY, tenant varchar(40), owner varchar(40), note varchar(4000))`,
  `CREATE TABLE ${schema}.items (shop int, item int, tenant varchar(40), owner varchar(40), note varchar(4000), PRIMARY KEY (shop, item))`,
  `CREATE TABLE ${schema}.plans (name varchar(40) PRIMARY KEY, price int)`,
  `CREATE TABLE ${schema}.inner_notes (id int PRIMARY KEY, tenant varchar(40))`,
  `INSERT INTO ${schema}.plans VALUES ('free', 0), ('paid', 9)`,
  `INSERT INTO ${schema}.inner_notes VALUES (1, 'a')`,
]

const quoted = (text: string | null) => (text === null ? "NULL" : `'${text.replaceAll("'", "''")}'`)

/** Statements by which rows come, change, move between tenants, change their keys and go. */
export const someWrite = (
  random: Random,
  schema: string,
  tenants: ReadonlyArray<string>,
  width: number,
): ReadonlyArray<string> => {
  const someone = () => (random.oneIn(12) ? null : (tenants[random.below(tenants.length)] ?? null))
  const tenant = quoted(someone())
  const id = random.below(width)
  const isOrder = random.oneIn(2)
  const table = `${schema}.${isOrder ? "orders" : "items"}`
  const key = isOrder ? `id = ${id}` : `shop = ${id % 5} AND item = ${id}`
  const note = quoted(`note ${random.below(1_000_000)} ${"x".repeat(random.oneIn(20) ? 3000 : random.below(30))}`)
  const insert = isOrder
    ? `INSERT INTO ${table} VALUES (${id}, ${tenant}, ${tenant}, ${note})`
    : `INSERT INTO ${table} VALUES (${id % 5}, ${id}, ${tenant}, ${tenant}, ${note})`
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return [insert]
    case 3:
    case 4:
      return [`UPDATE ${table} SET note = ${note} WHERE ${key}`]
    case 5:
    case 6:
      return [`UPDATE ${table} SET tenant = ${tenant}, owner = ${tenant}, note = ${note} WHERE ${key}`]
    case 7:
      return [`DELETE FROM ${table} WHERE ${key}`, insert]
    case 8:
      return [`DELETE FROM ${table} WHERE ${key}`]
    case 9: {
      const to = random.below(width)
      return [`UPDATE ${table} SET ${isOrder ? `id = ${to}` : `shop = ${to % 5}, item = ${to}`} WHERE ${key}`]
    }
    case 10:
      return random.oneIn(3)
        ? [random.oneIn(2) ? `TRUNCATE TABLE ${table}` : `DELETE FROM ${table}`]
        : [
            `UPDATE ${table} SET tenant = ${tenant}, owner = ${tenant} WHERE tenant = ${quoted(someone())}`,
            `UPDATE ${schema}.plans SET price = price + 1`,
          ]
    default:
      return [
        `INSERT INTO ${schema}.plans VALUES ('plan ${id}', ${id})`,
        `DELETE FROM ${schema}.plans WHERE price > 20`,
      ]
  }
}

/** The replica's tables, each with its columns and whether a row of it is one tenant's. */
export const fedTables = [
  { name: "orders", columns: "id, tenant, owner, note", key: "id", isOwned: true },
  { name: "items", columns: "shop, item, tenant, owner, note", key: "shop, item", isOwned: true },
  { name: "plans", columns: "name, price", key: "name", isOwned: false },
] as const
