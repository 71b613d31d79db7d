import { appendFileSync } from "node:fs"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type FleetPlace, type FleetSize, playFleet } from "../../src/fleet/FleetPlay.ts"
import { startWorkerd, type Workerd } from "../../src/Workerd.ts"

const { ORACLE_RUNS, ORACLE_SEED, ORACLE_TENANTS, ORACLE_TRACE } = process.env

const trace = (line: string): void => {
  if (ORACLE_TRACE !== undefined) appendFileSync(ORACLE_TRACE, `${line}\n`)
}

/** A source of fleets, and how to end it. */
export interface FleetSource extends Omit<FleetPlace, "object" | "trace"> {
  readonly stop: () => Promise<void>
}

/**
 * Plays random histories of hubs and their replicas, each a database of its own in workerd; `file` is the test file that calls
 * this. ORACLE_RUNS says how many, ORACLE_SEED where to begin, ORACLE_TENANTS how many tenants the large one has, and
 * ORACLE_TRACE names a file for each step.
 */
export const fleets = (file: string, start: () => Promise<FleetSource>, usualRuns: number, usualTenants: number) => {
  let source: FleetSource
  let workerd: Workerd
  beforeAll(async () => {
    ;[source, workerd] = await Promise.all([start(), startWorkerd()])
  })
  afterAll(async () => {
    await Promise.all([source?.stop(), workerd?.stop()])
  })

  const play = async (seed: number, size: FleetSize) => {
    trace(`history ${seed} of ${size.tenants} tenants`)
    return playFleet({ ...source, object: (name) => workerd.object(name), trace }, seed, size).catch(
      (cause: unknown) => {
        throw new Error(
          `To play it again: ORACLE_SEED=${seed} ORACLE_RUNS=1 vitest run test/${file}: ${String(cause)}`,
          { cause },
        )
      },
    )
  }

  it(
    "gives each tenant its own rows and no others, in whatever order things happen",
    { timeout: 14_400_000 },
    async () => {
      const first = ORACLE_SEED === undefined ? Date.now() % 1_000_000 : Number(ORACLE_SEED)
      const runs = Number(ORACLE_RUNS ?? usualRuns)
      const codes = new Map<string, number>()
      const sum = { looks: 0, rows: 0 }
      const most = new Map<string, number>()
      for (let seed = first; seed < first + runs; seed++) {
        const played = await play(seed, { tenants: 2 + (seed % 6), steps: 50, width: 60, atOnce: 4 })
        for (const code of played.codes) codes.set(code, (codes.get(code) ?? 0) + 1)
        sum.looks += played.looks
        sum.rows += played.rows
        for (const [what, count] of Object.entries(played.most)) most.set(what, Math.max(most.get(what) ?? 0, count))
      }
      console.info(`${file}: ${runs} histories from seed ${first}, ${sum.looks} looks;`, Object.fromEntries(codes))
      console.info(`${file}: the most that was asked of the platform:`, Object.fromEntries(most))
      expect(sum.looks).toBeGreaterThan(0)
      // Faults that never come about would prove nothing.
      if (runs >= 20) expect([...codes.keys()]).toEqual(expect.arrayContaining(["ok", "busy", "storage", "died"]))
    },
  )

  it("does so for many replicas", { timeout: 3_600_000 }, async () => {
    const tenants = Number(ORACLE_TENANTS ?? usualTenants)
    const seed = ORACLE_SEED === undefined ? 2_000_000 + (Date.now() % 1_000_000) : Number(ORACLE_SEED)
    const { rows, most } = await play(seed, { tenants, steps: 2 * tenants, width: 20 * tenants, atOnce: 20 })
    console.info(`${file}: ${tenants} replicas from seed ${seed}; the most that was asked of the platform:`, most)
    expect(rows).toBeGreaterThan(0)
  })
}
