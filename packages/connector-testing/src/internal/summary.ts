import type { KeySummary } from "@starbase-replication/core/source"

const modulus = 2n ** 31n - 1n

const numberOf = (value: string): bigint =>
  value.length === 36 ? BigInt(`0x${value.slice(0, 8)}`) + BigInt(`0x${value.slice(24)}`) : BigInt(value)

/** The summary of keys of integers and UUIDs, as `KeySummary` tells. */
export const summaryOf = (keys: ReadonlyArray<ReadonlyArray<string>>): KeySummary => {
  const numbers = keys.map((key) =>
    key.map((value) => numberOf(value) % modulus).reduce((sofar, rest) => (sofar * 31n + rest) % modulus),
  )
  const sum = (values: ReadonlyArray<bigint>) => String(values.reduce((total, value) => total + value, 0n))
  return { count: String(keys.length), sum: sum(numbers), squares: sum(numbers.map((one) => (one * one) % modulus)) }
}
