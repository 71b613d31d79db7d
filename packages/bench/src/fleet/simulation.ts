import type { Fleet, Rates } from "./arithmetic.ts"

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
const drawing = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Plays a fleet for so many seconds, event by event: changes of rows, pulls of the hub, messages of which some come twice,
 * and queries. Gives what happened in a second, to hold `ratesOf` against.
 */
export const simulate = (fleet: Fleet, seconds: number, seed = 1): Rates => {
  const { changesPerSecond, everySeconds, isPushed, readsPerDay, staleSeconds, tenants } = fleet
  const draw = drawing(seed)
  const waiting = (rate: number) => (rate === 0 ? Number.POSITIVE_INFINITY : -Math.log(1 - draw()) / rate)
  const someTenant = () => Math.floor(draw() * tenants)
  /** What has changed at the source, and at the hub, since the tenant's replica was pulled. */
  const atSource = new Set<number>()
  const atHub = new Set<number>()
  const pulledAt = new Float64Array(tenants).fill(Number.NEGATIVE_INFINITY)
  const counts = { pulls: 0, fruitful: 0, messages: 0, changes: 0 }
  const pull = (tenant: number, now: number) => {
    counts.pulls += 1
    if (atHub.delete(tenant)) counts.fruitful += 1
    pulledAt[tenant] = now
  }
  const readRate = isPushed ? 0 : (tenants * readsPerDay) / 86_400
  let [nextChange, nextRead, nextHub] = [waiting(changesPerSecond), waiting(readRate), everySeconds]
  for (;;) {
    const now = Math.min(nextChange, nextRead, nextHub)
    if (now > seconds) break
    if (now === nextChange) {
      counts.changes += 1
      atSource.add(someTenant())
      nextChange = now + waiting(changesPerSecond)
    } else if (now === nextHub) {
      nextHub += everySeconds
      for (const tenant of atSource) {
        atHub.add(tenant)
        if (!isPushed) continue
        counts.messages += 1
        pull(tenant, now)
      }
      atSource.clear()
    } else {
      const tenant = someTenant()
      if (now - (pulledAt[tenant] ?? 0) >= staleSeconds) pull(tenant, now)
      nextRead = now + waiting(readRate)
    }
  }
  const rate = (count: number) => count / seconds
  return {
    pulls: rate(counts.pulls),
    fruitful: rate(counts.fruitful),
    hubRequests: rate(counts.pulls + counts.fruitful),
    messages: rate(counts.messages),
    written: rate(counts.changes * 4 + counts.fruitful),
  }
}
