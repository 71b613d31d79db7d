import { bundle } from "./lib/bundle.ts"

try {
  console.log(await bundle("postgres"))
} catch (error) {
  const output = error as { readonly stdout?: string; readonly stderr?: string }
  console.error(output.stdout ?? "", output.stderr ?? error)
  process.exitCode = 1
}
