/** The middle value; NaN of none. */
export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** The value below which that share of the values lies, between neighbours in proportion. */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low + (high - low) * (place - Math.floor(place))
}

/** How long something took, in seconds. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}

/**
 * Does each piece of work once a round, side by side in time, so that what slows the machine down slows all of them.
 * Every second round goes backwards. Gives the values of each by its name, in the order of the rounds.
 */
export const paired = async <Name extends string, Value>(
  rounds: number,
  work: Readonly<Record<Name, () => Promise<Value>>>,
): Promise<Readonly<Record<Name, ReadonlyArray<Value>>>> => {
  const names = Object.keys(work) as Array<Name>
  const values = Object.fromEntries(names.map((name) => [name, [] as Array<Value>])) as Record<Name, Array<Value>>
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) values[name].push(await work[name]())
  }
  return values
}

/** The median of the ratios of values of the same round. */
export const medianRatio = (values: ReadonlyArray<number>, to: ReadonlyArray<number>): number =>
  median(values.map((value, round) => value / (to[round] ?? Number.NaN)))
