/** Numbers that are the same for the same seed. */
export interface Random {
  /** A whole number below a limit. */
  readonly below: (limit: number) => number
  readonly pick: <T>(of: readonly [T, ...ReadonlyArray<T>]) => T
  /** True once in so many times. */
  readonly oneIn: (times: number) => boolean
}

/** Mulberry32. */
export const makeRandom = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number) => next() % limit
  return {
    below,
    pick: ([first, ...others]) => [first, ...others][below(others.length + 1)] ?? first,
    oneIn: (times) => below(times) === 0,
  }
}
