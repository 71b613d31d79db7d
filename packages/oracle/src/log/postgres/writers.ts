import pg from "pg"
import type { Writers } from "../LogSubject.ts"
import type { Random } from "../Random.ts"

const client = async (url: string, schema: string): Promise<pg.Client> => {
  const made = new pg.Client(url)
  made.on("error", () => {})
  await made.connect()
  await made.query(`SET search_path = ${schema}; SET lock_timeout = '200ms'; SET statement_timeout = '5s'`)
  return made
}

/** Makes two tables between which balances are moved. */
export const makeTables = (schema: string): string =>
  `CREATE SCHEMA ${schema};
   CREATE TABLE ${schema}.a (id int PRIMARY KEY, bal int NOT NULL, note text, big text);
   CREATE TABLE ${schema}.b (id int PRIMARY KEY, bal int NOT NULL, note text, big text);
   ALTER TABLE ${schema}.a ALTER big SET STORAGE EXTERNAL; ALTER TABLE ${schema}.b ALTER big SET STORAGE EXTERNAL;
   INSERT INTO ${schema}.a SELECT g, 100, 'n' || g, repeat('A' || g, 900) FROM generate_series(1, 30) g;
   INSERT INTO ${schema}.b SELECT g, 100, 'n' || g, repeat('B' || g, 900) FROM generate_series(1, 30) g;
   CREATE PUBLICATION ${schema} FOR TABLE ${schema}.a, ${schema}.b`

/** One change that leaves the sum of all balances as it is. */
const change = (random: Random): string => {
  const [one, other] = random.oneIn(2) ? ["a", "b"] : ["b", "a"]
  const id = 1 + random.below(34)
  const move = (amount: string) =>
    `UPDATE ${other} SET bal = bal + ${amount} WHERE id = (SELECT id FROM ${other} ORDER BY md5(id::text || '${random.below(1000)}') LIMIT 1)`
  switch (random.below(9)) {
    case 0:
    case 1:
      return `WITH x AS (UPDATE ${one} SET bal = bal - 3 WHERE id = ${id} AND EXISTS (SELECT FROM ${other}) RETURNING 3 AS moved) ${move("coalesce((SELECT moved FROM x), 0)")}`
    case 2:
      return `UPDATE ${one} SET note = note || '.' WHERE id = ${id}`
    case 3:
      return `UPDATE ${one} SET big = repeat('z${random.below(100)}', 1500) WHERE id = ${id}`
    case 4:
      return `UPDATE ${one} SET id = ${random.oneIn(2) ? 100 + random.below(100_000) : -1 - random.below(100_000)} WHERE id = ${id}`
    case 5:
      return `UPDATE ${one} SET id = ${id} WHERE id = (SELECT max(id) FROM ${one}) AND NOT EXISTS (SELECT FROM ${one} WHERE id = ${id})`
    case 6:
      return `WITH x AS (DELETE FROM ${one} WHERE id = ${id} AND EXISTS (SELECT FROM ${other}) RETURNING bal) ${move("coalesce((SELECT bal FROM x), 0)")}`
    case 7:
      return `INSERT INTO ${one} VALUES (${id}, 0, 'new', repeat('q', ${random.below(4000)})) ON CONFLICT DO NOTHING`
    default:
      return random.oneIn(4)
        ? `CREATE TEMP TABLE s ON COMMIT DROP AS SELECT sum(bal) AS all_of_it FROM ${one}; TRUNCATE ${one}; INSERT INTO ${one} SELECT 1, coalesce(all_of_it, 0), 'all', NULL FROM s; DROP TABLE s`
        : `SAVEPOINT s; UPDATE ${one} SET bal = bal + 1000 WHERE id = ${id}; ROLLBACK TO s`
  }
}

export const startWriters = async (url: string, schema: string): Promise<Writers> => {
  const clients = await Promise.all([client(url, schema), client(url, schema), client(url, schema)])
  const open = clients.map(() => false)
  const prepared: Array<string> = []
  let gid = 0
  const end = async (at: number, how: string) => {
    open[at] = false
    await clients[at]?.query(how).catch(() => clients[at]?.query("ROLLBACK"))
    return `${at}: ${how}`
  }
  return {
    step: async (random) => {
      const at = random.below(clients.length)
      const session = clients[at]
      if (prepared.length > 0 && random.oneIn(3)) {
        const name = prepared.pop()
        await clients[0]?.query("ROLLBACK").catch(() => {})
        open[0] = false
        await clients[0]?.query(`${random.oneIn(4) ? "ROLLBACK" : "COMMIT"} PREPARED '${name}'`)
        return `prepared ${name} ends`
      }
      if (open[at] === true && random.oneIn(2)) {
        if (random.oneIn(8)) {
          const name = `${schema} ${gid++}`
          const how = await end(at, `PREPARE TRANSACTION '${name}'`)
          const there = await session?.query("SELECT FROM pg_prepared_xacts WHERE gid = $1", [name])
          if ((there?.rowCount ?? 0) > 0) prepared.push(name)
          return how
        }
        return end(at, random.oneIn(5) ? "ROLLBACK" : "COMMIT")
      }
      if (open[at] !== true) await session?.query("BEGIN")
      open[at] = true
      const sql = change(random)
      try {
        await session?.query(sql)
      } catch {
        await end(at, "ROLLBACK")
        return `${at}: refused ${sql}`
      }
      return random.oneIn(2) ? `${at}: ${sql}; ${await end(at, "COMMIT")}` : `${at}: ${sql}`
    },
    settle: async () => {
      for (const at of clients.keys()) await end(at, "COMMIT")
      for (const name of prepared.splice(0)) await clients[0]?.query(`COMMIT PREPARED '${name}'`)
    },
    stop: async () => {
      await Promise.all(clients.map((one) => one.end()))
    },
  }
}
