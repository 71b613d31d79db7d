/** Shows a line that changes until the work is done: in place on a terminal, else once in a while. */
export const withProgress = async <T>(work: Promise<T>, line: () => Promise<string>): Promise<T> => {
  const isTerminal = process.stdout.isTTY
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  const show = async () => {
    while (!isDone) {
      await Promise.race([done.catch(() => {}), new Promise((resolve) => setTimeout(resolve, isTerminal ? 200 : 1000))])
      if (isDone) break
      const text = await line()
      if (isTerminal) process.stdout.write(`\r\x1b[K  ${text}`)
      else console.log(`  ${text}`)
    }
    if (isTerminal) process.stdout.write("\r\x1b[K")
  }
  const [result] = await Promise.all([done, show()])
  return result
}
