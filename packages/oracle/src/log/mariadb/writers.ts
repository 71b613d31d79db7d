import mysql from "mysql2/promise"
import type { Writers } from "../LogSubject.ts"
import type { Random } from "../Random.ts"

const client = async (url: string): Promise<mysql.Connection> => {
  const made = await mysql.createConnection({ uri: url, multipleStatements: true, charset: "utf8mb4" })
  made.on("error", () => {})
  await made.query(
    "SET /*M!100300 innodb_lock_wait_timeout = 0, */ /*!80000 innodb_lock_wait_timeout = 1, */ sql_mode = 'TRADITIONAL', lock_wait_timeout = 1",
  )
  return made
}

/** Makes two tables between which balances are moved. */
export const makeTables = `
  CREATE TABLE a (id int PRIMARY KEY, bal int NOT NULL, note text, big longtext, at int unsigned, kind enum('one','two'));
  CREATE TABLE b (id int PRIMARY KEY, bal int NOT NULL, note text, big longtext, at int unsigned, kind enum('one','two'));
  INSERT INTO a WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 30) SELECT n, 100, CONCAT('n', n), REPEAT(CONCAT('A', n), 900), NULL, 'one' FROM g;
  INSERT INTO b WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 30) SELECT n, 100, CONCAT('n', n), REPEAT(CONCAT('B', n), 900), NULL, 'two' FROM g`

/** One change that leaves the sum of all balances as it is, as statements of a transaction. */
const change = (random: Random): string => {
  const [one, other] = random.oneIn(2) ? ["a", "b"] : ["b", "a"]
  const id = 1 + random.below(34)
  const any = `(SELECT id FROM (SELECT id FROM ${other} ORDER BY MD5(CONCAT(id, '${random.below(1000)}')) LIMIT 1) AS t)`
  switch (random.below(9)) {
    case 0:
    case 1:
      return `UPDATE ${one} SET bal = bal - 3 WHERE id = ${id} AND EXISTS (SELECT 1 FROM ${other}); SET @moved = 3 * ROW_COUNT(); UPDATE ${other} SET bal = bal + @moved WHERE id = ${any}`
    case 2:
      return `UPDATE ${one} SET note = CONCAT(note, '.'), at = ${random.below(4_000_000_000)} WHERE id = ${id}`
    case 3:
      return `UPDATE ${one} SET big = REPEAT('z${random.below(100)}', 1500), kind = 'two' WHERE id = ${id}`
    case 4:
      return `UPDATE ${one} SET id = ${random.oneIn(2) ? 100 + random.below(100_000) : -1 - random.below(100_000)} WHERE id = ${id}`
    case 5:
      return `SET @last = (SELECT MAX(id) FROM ${one}); UPDATE ${one} SET id = ${id} WHERE id = @last AND NOT EXISTS (SELECT 1 FROM (SELECT id FROM ${one}) AS t WHERE t.id = ${id})`
    case 6:
      return `SET @moved = COALESCE((SELECT bal FROM ${one} WHERE id = ${id} AND EXISTS (SELECT 1 FROM ${other}) FOR UPDATE), 0); DELETE FROM ${one} WHERE id = ${id} AND EXISTS (SELECT 1 FROM ${other}); UPDATE ${other} SET bal = bal + @moved WHERE id = ${any}`
    case 7:
      return `INSERT IGNORE INTO ${one} (id, bal, note, big) VALUES (${id}, 0, 'new', REPEAT('q', ${random.below(4000)}))`
    default:
      return random.oneIn(4)
        ? `SET @all = COALESCE((SELECT SUM(bal) FROM ${one}), 0); DELETE FROM ${one}; INSERT INTO ${one} (id, bal, note) VALUES (1, @all, 'all')`
        : `SAVEPOINT s; UPDATE ${one} SET bal = bal + 1000 WHERE id = ${id}; ROLLBACK TO s`
  }
}

export const startWriters = async (url: string): Promise<Writers> => {
  const clients = await Promise.all([client(url), client(url), client(url)])
  const open = clients.map(() => false)
  /** The name of the transaction of two steps that a session has prepared. */
  const prepared = new Map<number, string>()
  let gid = 0
  const end = async (at: number, how: string) => {
    open[at] = false
    await clients[at]?.query(how).catch(() => clients[at]?.query("ROLLBACK").catch(() => {}))
    return `${at}: ${how}`
  }
  const finish = async (at: number, how: "COMMIT" | "ROLLBACK") => {
    const name = prepared.get(at)
    prepared.delete(at)
    await clients[at]?.query(`XA ${how} '${name}'`)
    return `${at}: XA ${how} '${name}'`
  }
  const inTwoSteps = async (at: number, sql: string) => {
    const name = `x${gid++} ${Math.random()}`
    const session = clients[at]
    try {
      await session?.query(
        `XA START '${name}'; ${sql.replaceAll(/SAVEPOINT s; |; ROLLBACK TO s/g, "").replace("bal + 1000", "bal")}; XA END '${name}'; XA PREPARE '${name}'`,
      )
      prepared.set(at, name)
      return `${at}: XA PREPARE '${name}': ${sql}`
    } catch {
      await session?.query(`XA END '${name}'`).catch(() => {})
      await session?.query(`XA ROLLBACK '${name}'`).catch(() => {})
      return `${at}: refused ${sql}`
    }
  }
  return {
    step: async (random) => {
      const at = random.below(clients.length)
      const session = clients[at]
      if (prepared.has(at)) return finish(at, random.oneIn(4) ? "ROLLBACK" : "COMMIT")
      if (open[at] === true && random.oneIn(2)) return end(at, random.oneIn(5) ? "ROLLBACK" : "COMMIT")
      const sql = change(random)
      if (open[at] !== true && random.oneIn(15)) return inTwoSteps(at, sql)
      if (open[at] !== true) await session?.query("BEGIN")
      open[at] = true
      try {
        await session?.query(sql)
      } catch {
        await end(at, "ROLLBACK")
        return `${at}: refused ${sql}`
      }
      return random.oneIn(2) ? `${at}: ${sql}; ${await end(at, "COMMIT")}` : `${at}: ${sql}`
    },
    settle: async () => {
      for (const at of clients.keys()) {
        if (prepared.has(at)) await finish(at, "COMMIT")
        else await end(at, "COMMIT")
      }
    },
    stop: async () => {
      await Promise.all(clients.map((one) => one.end()))
    },
  }
}
