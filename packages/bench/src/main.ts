import { parseOptions, usage } from "./lib/options.ts"
import { runBench } from "./bench.ts"

try {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) console.log(usage)
  else await runBench(options, (line) => console.log(line))
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${usage}` : error)
  process.exitCode = 1
}
