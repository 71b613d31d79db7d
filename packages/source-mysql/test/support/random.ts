/** Numbers that are the same for the same seed: Mulberry32. */
export const makeRandom = (seed: number) => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number) => next() % limit
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)))
  return {
    below,
    bytes,
    pick: <T>(of: ReadonlyArray<T>): T => {
      const one = of[below(of.length)]
      if (one === undefined) throw new Error("there is nothing to pick from")
      return one
    },
    digits: (length: number) => Array.from({ length }, () => below(10)).join(""),
  }
}

export type Random = ReturnType<typeof makeRandom>
