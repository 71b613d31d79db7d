import { readFile, writeFile } from "node:fs/promises"

/** What a process has used. */
export interface Usage {
  readonly cpuSeconds: number
  /** The memory that it holds now, and the most that it held since {@link resetPeak}. */
  readonly residentBytes: number
  readonly peakBytes: number
}

/** Linux counts processor time in hundredths of a second, for every program. */
const ticksPerSecond = 100

/** Reads what a process has used from /proc. */
export const usageOf = async (pid: number): Promise<Usage> => {
  const stat = await read(`/proc/${pid}/stat`)
  // The second field is the program's name, in parentheses, and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const status = await read(`/proc/${pid}/status`)
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes: bytes("VmRSS"),
    peakBytes: bytes("VmHWM"),
  }
}

/** Begins to look for the most memory that a process holds anew. */
export const resetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, "5")

const read = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if (process.platform === "linux") throw error
    throw new Error("The benchmark reads processor time and memory from /proc, which Linux alone has.", {
      cause: error,
    })
  }
}
