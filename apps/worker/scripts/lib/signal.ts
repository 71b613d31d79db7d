import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Resolves when the process is asked to end. A second time it ends at once, with the runtime that it has started. */
export const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const endAtOnce = () => process.exit(130)
    const end = () => {
      for (const signal of signals) process.off(signal, end).on(signal, endAtOnce)
      resolve()
    }
    for (const signal of signals) process.on(signal, end)
  })

/**
 * Has Miniflare's workerd leave the signals of a terminal to this process: they go to both, and a run under way would
 * be cut off. It ends once this process is gone, however that came, and writes its own id to a file that is named. Windows has no such
 * signals, and no shell for that.
 */
export const keepSignalsFromWorkerd = (idFile = ""): void => {
  if (process.platform === "win32") return
  const { default: binary } = createRequire(createRequire(import.meta.url).resolve("miniflare"))("workerd") as {
    readonly default: string
  }
  process.env["WORKERD_BINARY"] = process.env["MINIFLARE_WORKERD_PATH"] ?? binary
  process.env["WORKERD_ID_FILE"] = idFile
  process.env["MINIFLARE_WORKERD_PATH"] = fileURLToPath(new URL("workerd.sh", import.meta.url))
}

/** Makes something that would listen to signals, and leaves them to the caller. */
export const withoutSignalListeners = <T>(make: () => T): T => {
  const before = signals.map((signal) => process.listeners(signal))
  const made = make()
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.includes(listener)) process.removeListener(signal, listener)
    }
  }
  return made
}
