import { appendFileSync } from "node:fs"
import { type Mariadb, startMariadb, startTcpProxy, type TcpProxy } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { playLog } from "../src/log/LogPlay.ts"
import { mariadbLog } from "../src/log/mariadb/subject.ts"
import { startWorkerd, type Workerd } from "../src/Workerd.ts"

const { ORACLE_RUNS, ORACLE_SEED, ORACLE_TRACE } = process.env

let server: Mariadb
let proxy: TcpProxy
let workerd: Workerd
beforeAll(async () => {
  ;[server, workerd] = await Promise.all([startMariadb({ binlog: true }), startWorkerd()])
  // Runs that die leave their connections behind, as no process does that is killed.
  await server.query("SET GLOBAL max_connections = 5000, GLOBAL wait_timeout = 60")
  proxy = await startTcpProxy(server)
})
afterAll(async () => {
  await proxy?.stop()
  await Promise.all([server?.stop(), workerd?.stop()])
})

const trace = (line: string): void => {
  if (ORACLE_TRACE !== undefined) appendFileSync(ORACLE_TRACE, `${line}\n`)
}

/** ORACLE_RUNS says how many histories are played; ORACLE_SEED plays one again, and ORACLE_TRACE names a file for its steps. */
it(
  "plays random histories of two tables by the binlog, whose sum is right at every look",
  { timeout: 14_400_000 },
  async () => {
    const first = ORACLE_SEED === undefined ? Date.now() % 1_000_000 : Number(ORACLE_SEED)
    const runs = ORACLE_SEED === undefined ? Number(ORACLE_RUNS ?? 20) : 1
    const codes = new Map<string, number>()
    const sum = { looks: 0, changes: 0 }
    for (let seed = first; seed < first + runs; seed++) {
      trace(`history ${seed}`)
      const place = { subject: mariadbLog(server), proxy, object: workerd.object(`binlog ${seed}`), trace }
      const played = await playLog(place, seed).catch((cause: unknown) => {
        throw new Error(`To play it again: ORACLE_SEED=${seed} vitest run test/log.mariadb.test.ts: ${String(cause)}`, {
          cause,
        })
      })
      for (const code of played.codes) codes.set(code, (codes.get(code) ?? 0) + 1)
      sum.looks += played.looks
      sum.changes += played.changes
    }
    console.info(
      `${runs} histories from seed ${first}: ${sum.changes} changes, ${sum.looks} looks;`,
      Object.fromEntries(codes),
    )
    // Faults that never come about would prove nothing.
    if (runs >= 40) {
      expect(sum.looks).toBeGreaterThan(runs)
      expect([...codes.keys()]).toEqual(expect.arrayContaining(["ok", "busy", "storage", "unreachable", "died"]))
    }
  },
)
