import { bundle, entries } from "./lib/bundle.ts"

try {
  for (const entry of entries) console.log(await bundle(entry))
} catch (error) {
  const output = error as { readonly stdout?: string; readonly stderr?: string }
  console.error(output.stdout ?? "", output.stderr ?? error)
  process.exitCode = 1
}
