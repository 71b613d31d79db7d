import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { count } from "./text.ts"
import type { Status } from "./types.ts"

/** How long to wait between two questions, in milliseconds. */
export const pace = { moving: 2000, attended: 15_000, quiet: 60_000 } as const

/** For how long after a key, a press or a move somebody is taken to be there. */
const attendedMillis = 120_000

/** What is known of the instance. */
export interface Known {
  readonly status: Status | undefined
  /** When it was last told, by the page's own clock; undefined before the first answer. */
  readonly heardAt: number | undefined
  /** Why there was no answer since. */
  readonly failure: string | undefined
}

export interface Polled extends Known {
  readonly isLive: boolean
  readonly setLive: (isLive: boolean) => void
  /** Asks at once. */
  readonly refresh: () => Promise<void>
  /** The instance's own time, as far as it is known. */
  readonly now: () => number
  /** How long it waits between two questions now. */
  readonly every: () => number
}

const isMoving = ({ tables }: Status): boolean =>
  tables.some(
    ({ running, state, rebuilding }) => running || rebuilding || state === "loading" || state === "catching-up",
  )

/**
 * Asks for the status again and again: soon while something moves, seldom where nobody is there, and never while the page
 * is hidden or not live. An object that nobody asks may sleep. `onRefused` is called where the token is none any more.
 */
export const usePoll = (ask: Ask, onRefused: () => void): Polled => {
  const [known, setKnown] = useState<Known>({ status: undefined, heardAt: undefined, failure: undefined })
  const [isLive, setLive] = useState(true)
  const last = useRef({
    etag: undefined as string | undefined,
    base: 0,
    at: 0,
    failures: 0,
    status: undefined as Status | undefined,
  })
  const touchedAt = useRef(performance.now())
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const asking = useRef<Promise<void> | undefined>(undefined)

  const every = useCallback((): number => {
    const { failures, status } = last.current
    if (failures > 0) return Math.min(pace.quiet, pace.moving * 2 ** failures)
    if (performance.now() - touchedAt.current > attendedMillis) return pace.quiet
    return status !== undefined && isMoving(status) ? pace.moving : pace.attended
  }, [])

  const now = useCallback(() => {
    const { base, at } = last.current
    return at === 0 ? Date.now() : base + performance.now() - at
  }, [])

  const refresh = useCallback((): Promise<void> => {
    const once = async () => {
      const answer = await ask<Status>("/replicate/status", { etag: last.current.etag })
      if (answer.kind === "refused") return onRefused()
      if (answer.kind === "failed") {
        last.current.failures += 1
        return setKnown((before) => ({ ...before, failure: answer.message }))
      }
      last.current.failures = 0
      if (answer.kind === "ok") {
        const { etag, result } = answer
        last.current = { etag, base: Date.parse(result.at), at: performance.now(), failures: 0, status: result }
      }
      setKnown({ status: last.current.status, heardAt: performance.now(), failure: undefined })
    }
    asking.current ??= once().finally(() => {
      asking.current = undefined
    })
    return asking.current
  }, [ask, onRefused])

  useEffect(() => {
    if (!isLive) return
    let isOver = false
    const next = async () => {
      clearTimeout(timer.current)
      if (isOver || document.hidden) return
      await refresh()
      clearTimeout(timer.current)
      if (!isOver && !document.hidden) timer.current = setTimeout(next, every())
    }
    const seen = () => {
      if (document.hidden) clearTimeout(timer.current)
      else {
        // The clock of a page may stand while the machine sleeps.
        last.current.etag = undefined
        void next()
      }
    }
    const touched = () => {
      const wasAway = performance.now() - touchedAt.current > attendedMillis
      touchedAt.current = performance.now()
      if (wasAway) void next()
    }
    void next()
    document.addEventListener("visibilitychange", seen)
    const touches = ["pointerdown", "pointermove", "keydown"] as const
    for (const name of touches) document.addEventListener(name, touched, { passive: true })
    return () => {
      isOver = true
      clearTimeout(timer.current)
      document.removeEventListener("visibilitychange", seen)
      for (const name of touches) document.removeEventListener(name, touched)
    }
  }, [isLive, refresh, every])

  return { ...known, isLive, setLive, refresh, now, every }
}

/** Has its caller made anew now and then, so that times go on; less often where that is much work. */
export const useTick = (millis: number): void => {
  const [, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setTick((tick) => tick + 1)
    }, millis)
    return () => clearInterval(timer)
  }, [millis])
}

/** What to call out of what has changed between two answers: changes of state, and of many only how many. */
export const changesOf = (
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  say: (table: string, word: string) => string,
): string | undefined => {
  const changed = [...after].filter(([table, word]) => before.has(table) && before.get(table) !== word)
  if (changed.length === 0) return undefined
  return changed.length > 3
    ? `${count(changed.length)} tables have changed their state.`
    : `${changed.map(([table, word]) => say(table, word)).join(", ")}.`
}
