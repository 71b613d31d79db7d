import { useCallback, useRef, useState } from "preact/hooks"
import { type Ask, tablePath } from "./api.ts"
import { counted, short } from "./text.ts"

/** What an operator may have done to a table; `run` pulls it. */
export type Operation = "run" | "pause" | "resume" | "refresh" | "verify" | "repair" | "confirm" | "reset"

/** What is told of an action, until another one is. */
export interface Notice {
  readonly text: string
  readonly isProblem: boolean
}

export interface Actions {
  /** What is being done to a table. */
  readonly busy: ReadonlyMap<string, Operation>
  /** Gives whether it was done. */
  readonly act: (table: string, operation: Operation) => Promise<boolean>
  /** Pulls all tables that are due. */
  readonly runDue: () => Promise<void>
  readonly isRunningDue: boolean
  readonly notice: Notice | undefined
  readonly tell: (notice: Notice | undefined) => void
}

interface RunResult {
  readonly tables: ReadonlyArray<{
    readonly table: string
    readonly read: number
    readonly written: number
    readonly deleted: number
    readonly rejected: number
    readonly more: boolean
    readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
    readonly verification?: {
      readonly complete: boolean
      readonly checked: number
      readonly differing: number
      readonly repaired: number
    }
  }>
}

const done: Readonly<Partial<Record<Operation, string>>> = {
  pause: "paused. It runs on no schedule until it is resumed.",
  resume: "resumed.",
  confirm: "the deletions are allowed; the next run goes on.",
  reset: "dropped. The next run loads it anew.",
}

const segment: Readonly<Record<Operation, string | undefined>> = {
  run: undefined,
  pause: "pause",
  resume: "resume",
  refresh: "refresh",
  verify: "verify",
  repair: "verify",
  confirm: "confirm",
  reset: "reset",
}

/** Has the instance do what is pressed, one thing to a table at a time, and tells what came of it. */
export const useActions = (ask: Ask, refresh: () => Promise<void>, onRefused: () => void): Actions => {
  const [busy, setBusy] = useState<ReadonlyMap<string, Operation>>(new Map())
  const [notice, tell] = useState<Notice | undefined>(undefined)
  const [isRunningDue, setRunningDue] = useState(false)
  const under = useRef(new Map<string, Operation>())

  const act = useCallback(
    async (table: string, operation: Operation): Promise<boolean> => {
      const problem = (text: string) => tell({ text: `${short(table)}: ${text}`, isProblem: true })
      const path = tablePath(table, segment[operation])
      if (path === undefined) {
        problem("no address can hold this name; give it another one with into.")
        return false
      }
      if (under.current.has(table)) return false
      under.current.set(table, operation)
      setBusy(new Map(under.current))
      const asked = ask<RunResult>(operation === "repair" ? `${path}?repair=true` : path, { method: "POST" })
      // What takes longer than a moment shows as a run under way.
      const soon = setTimeout(() => void refresh(), 700)
      const answer = await asked
      clearTimeout(soon)
      under.current.delete(table)
      setBusy(new Map(under.current))
      if (answer.kind === "refused") {
        onRefused()
        return false
      }
      void refresh()
      if (answer.kind !== "ok") {
        problem(answer.kind === "failed" ? answer.message : "nothing was answered.")
        return false
      }
      const plain = done[operation]
      const result = plain === undefined ? resultWords(answer.result) : { text: plain, isProblem: false }
      tell({ ...result, text: `${short(table)}: ${result.text}` })
      return !result.isProblem
    },
    [ask, refresh, onRefused],
  )

  const runDue = useCallback(async () => {
    setRunningDue(true)
    const answer = await ask<RunResult>("/replicate?due=true", { method: "POST" })
    setRunningDue(false)
    if (answer.kind === "refused") return onRefused()
    void refresh()
    if (answer.kind !== "ok") return tell({ text: answer.kind === "failed" ? answer.message : "", isProblem: true })
    const { tables } = answer.result
    const failed = tables.filter(({ error }) => error !== undefined).length
    const ran = tables.length === 0 ? "Nothing was due." : `${counted(tables.length, "table")} pulled`
    tell({ text: failed === 0 ? ran : `${ran}, ${failed} failed`, isProblem: failed > 0 })
  }, [ask, refresh, onRefused])

  return { busy, act, runDue, isRunningDue, notice, tell }
}

const resultWords = ({ tables: [result] }: RunResult): Notice => {
  if (result === undefined) return { text: "nothing was done.", isProblem: true }
  const { error, verification, written, deleted, rejected, more } = result
  if (error !== undefined) return { text: `${error.message} ${error.hint}`, isProblem: true }
  const did = [
    ...(written > 0 ? [`${counted(written, "row")} written`] : []),
    ...(deleted > 0 ? [`${counted(deleted, "row")} deleted`] : []),
    ...(rejected > 0 ? [`${counted(rejected, "row")} set aside`] : []),
  ]
  if (verification !== undefined) {
    const { complete, checked, differing, repaired } = verification
    if (!complete)
      return { text: `${counted(checked, "row")} compared so far; the next run goes on.`, isProblem: false }
    if (repaired > 0 && differing === 0)
      return { text: `${counted(repaired, "row")} mended; all is equal now.`, isProblem: false }
    return differing > 0
      ? { text: `${counted(differing, "row")} of ${counted(checked, "row")} differ.`, isProblem: true }
      : { text: `${counted(checked, "row")} compared, all equal.`, isProblem: false }
  }
  const what = did.length === 0 ? "nothing new" : did.join(", ")
  return { text: more ? `${what} so far; the next run goes on.` : `${what}.`, isProblem: false }
}
