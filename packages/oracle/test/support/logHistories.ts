import { appendFileSync } from "node:fs"
import { startTcpProxy, type TcpProxy } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { playLog } from "../../src/log/LogPlay.ts"
import type { LogSubject } from "../../src/log/LogSubject.ts"
import { startWorkerd, type Workerd } from "../../src/Workerd.ts"

const { ORACLE_RUNS, ORACLE_SEED, ORACLE_TRACE } = process.env

/** A server whose log is followed, and how to end it. */
export interface LogServer {
  readonly host: string
  readonly port: number
  readonly subject: LogSubject
  readonly stop: () => Promise<void>
}

const trace = (line: string): void => {
  if (ORACLE_TRACE !== undefined) appendFileSync(ORACLE_TRACE, `${line}\n`)
}

/**
 * Plays random histories of two tables by a log; `file` is the test file that calls this. ORACLE_RUNS says how many,
 * ORACLE_SEED the first one's seed, without ORACLE_RUNS that one alone, and ORACLE_TRACE names a file for each step.
 */
export const logHistories = (file: string, start: () => Promise<LogServer>, usualRuns = 7): void => {
  let server: LogServer
  let proxy: TcpProxy
  let workerd: Workerd
  beforeAll(async () => {
    ;[server, workerd] = await Promise.all([start(), startWorkerd()])
    proxy = await startTcpProxy(server)
  })
  afterAll(async () => {
    await proxy?.stop()
    await Promise.all([server?.stop(), workerd?.stop()])
  })

  it("plays random histories of two tables, whose sum is right at every look", { timeout: 14_400_000 }, async () => {
    const first = ORACLE_SEED === undefined ? Date.now() % 1_000_000 : Number(ORACLE_SEED)
    const runs = Number(ORACLE_RUNS ?? (ORACLE_SEED === undefined ? usualRuns : 1))
    const codes = new Map<string, number>()
    const sum = { looks: 0, changes: 0 }
    for (let seed = first; seed < first + runs; seed++) {
      trace(`history ${seed}`)
      const place = { subject: server.subject, proxy, object: workerd.object(`log ${seed}`), trace }
      const played = await playLog(place, seed).catch((cause: unknown) => {
        throw new Error(`To play it again: ORACLE_SEED=${seed} vitest run test/${file}: ${String(cause)}`, { cause })
      })
      for (const code of played.codes) codes.set(code, (codes.get(code) ?? 0) + 1)
      sum.looks += played.looks
      sum.changes += played.changes
    }
    console.info(
      `${file}: ${runs} histories from seed ${first}, ${sum.changes} changes, ${sum.looks} looks;`,
      Object.fromEntries(codes),
    )
    // Faults that never come about would prove nothing.
    if (runs >= 40) {
      expect(sum.looks).toBeGreaterThan(runs)
      expect([...codes.keys()]).toEqual(expect.arrayContaining(["ok", "busy", "storage", "unreachable", "died"]))
    }
  })
}
