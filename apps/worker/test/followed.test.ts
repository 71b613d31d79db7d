import { setImmediate as turn } from "node:timers/promises"
import { expect, it } from "vitest"
import { followed } from "../src/followed.ts"

it("waits for what was left to be done, what that leaves included, and whether it fails or not", async () => {
  const passedOn: Array<Promise<unknown>> = []
  const context = followed({ waitUntil: (promise) => passedOn.push(promise) })
  let end = () => {}
  const second = new Promise<void>((resolve) => {
    end = resolve
  })
  const first = turn().then(() => {
    context.waitUntil(second)
    throw new Error("failed")
  })
  context.waitUntil(first)
  let isSettled = false
  const settled = context.settled().then(() => {
    isSettled = true
  })
  await first.catch(() => undefined)
  await turn()
  expect(isSettled).toBe(false)
  end()
  await settled
  expect(passedOn).toEqual([first, second])
})
