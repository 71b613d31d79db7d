import type { Reporter, TestCase, TestModule } from "vitest/node"

const mark = "not written yet: "

/** Where a test stands, its name last. */
const pathOf = (test: TestCase): ReadonlyArray<string> => {
  const names = [test.name]
  for (let parent = test.parent; parent.type === "suite"; parent = parent.parent) names.unshift(parent.name)
  return names
}

/** What the kit's checks say below their own name and above the contract; of any other failure the first line. */
const seenIn = (message: string): string => {
  const [first = "", second] = message.split("\n\n")
  const said = /^The contract: /m.test(message) ? (second ?? first) : (message.trim().split("\n\n")[0] ?? "")
  return said.split("\n").join(" ")
}

const docIn = (message: string): string | undefined => /^See (\S+)$/m.exec(message)?.[1]

const add = (map: Map<string, ReadonlyArray<string>>, key: string, line: string) =>
  map.set(key, [...(map.get(key) ?? []), line])

const linesOf = (modules: ReadonlyArray<TestModule>): ReadonlyArray<string> => {
  const missing = new Map<string, ReadonlyArray<string>>()
  const topics = new Map<string, ReadonlyArray<string>>()
  const leftOut = new Map<string, ReadonlyArray<string>>()
  const counts = { passed: 0, skipped: 0, failed: 0, pending: 0 }
  for (const module of modules) {
    for (const { message } of module.errors()) add(topics, module.relativeModuleId, message)
    for (const test of module.children.allTests()) {
      const result = test.result()
      counts[result.state] += 1
      const message = result.state === "skipped" ? (result.note ?? "") : (result.errors?.[0]?.message ?? "")
      const path = pathOf(test)
      const seen = seenIn(message)
      if (seen.includes(mark))
        add(missing, seen.slice(seen.indexOf(mark) + mark.length), path.slice(path.length > 1 ? 1 : 0).join(" > "))
      else if (result.state === "failed") {
        const doc = docIn(message)
        const topic = path.length > 1 ? path.slice(0, -1).join(" > ") : module.relativeModuleId
        add(topics, doc === undefined ? topic : `${topic}, ${doc}`, `${path.at(-1)}: ${seen}`)
      } else if (seen !== "") add(leftOut, seen, path.at(-1) ?? "")
    }
  }
  const reasons = [...leftOut].map(([reason, names]) => `  ${names.join(", ")}: ${reason}`)
  const total = `${counts.passed} checks pass, ${counts.failed} fail, ${counts.skipped} are left out.`
  if (topics.size + missing.size === 0) return [total, ...reasons]
  return [
    "What to write next:",
    ...[...missing].map(([what, waiting]) => `  ${what}, for which ${waiting.length} wait, first "${waiting[0]}"`),
    ...[...topics].flatMap(([topic, lines]) => ["", topic, ...lines.map((line) => `  ${line}`)]),
    "",
    total,
    ...reasons,
  ]
}

/**
 * A vitest reporter for the author of a connector: what is still to be written, then a line for each check that fails,
 * by topic and with where the topic is documented. Vitest's own reporters have each check's contract in full.
 */
export const nextReporter: Reporter = {
  onTestRunEnd: (modules, unhandled) => {
    const lines = [...linesOf(modules), ...unhandled.map(({ message }) => `\n${message}`)]
    process.stdout.write(`\n${lines.join("\n")}\n`)
  },
}
