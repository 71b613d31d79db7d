import { isDeepStrictEqual } from "node:util"
import { shorten } from "./walk.ts"

/** How a value differs from what it must be, in a few words; of two lists, where they first do. */
export const difference = (expected: unknown, actual: unknown): string => {
  if (!Array.isArray(expected) || !Array.isArray(actual)) {
    return `It must be ${show(expected)}, and is ${show(actual)}.`
  }
  const length = Math.max(expected.length, actual.length)
  const at = Array.from({ length }, (_, n) => n).find((n) => !isDeepStrictEqual(expected[n], actual[n])) ?? 0
  const counts =
    expected.length === actual.length ? "" : ` There must be ${expected.length}, and there are ${actual.length}.`
  return `Number ${at + 1} must be ${itemOf(expected, at)}, and is ${itemOf(actual, at)}.${counts}`
}

const itemOf = (list: ReadonlyArray<unknown>, at: number): string => (at < list.length ? show(list[at]) : "not there")

/** A text in quotes, so that an empty one is seen. */
const show = (value: unknown): string => shorten(typeof value === "string" ? JSON.stringify(value) : value)
