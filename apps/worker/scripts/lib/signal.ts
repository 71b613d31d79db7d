const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Resolves when the process is asked to end. A second time it ends at once. */
export const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      for (const signal of signals) process.removeListener(signal, end)
      resolve()
    }
    for (const signal of signals) process.on(signal, end)
  })

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
