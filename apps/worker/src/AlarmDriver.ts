import type { wakeUp } from "@starbase-replication/plugin"

type WakeUp = Pick<Awaited<ReturnType<typeof wakeUp>>, "memory" | "nextAt" | "results">

/** What a wake-up did. */
export type Results = WakeUp["results"]

/** What the driver keeps in the object's storage, beside the alarm itself. */
interface Kept {
  /** The config by which the alarm was set. */
  readonly config: string
  readonly memory: unknown
  /** Whether nothing is scheduled, so that no alarm is right. */
  readonly isIdle: boolean
}

const nothingKept: Kept = { config: "", memory: undefined, isIdle: false }

/** What the driver is made with. */
export interface AlarmOptions {
  /** Whether it uses the alarm at all; without it, only {@link AlarmDriver.run} does something. */
  readonly isOn: boolean
  /** A text that is another one where the config is. */
  readonly config: string
  /** `stop` is told to end at the next page. */
  readonly wakeUp: (memory: unknown, stop: AbortSignal) => Promise<WakeUp>
}

/** The part of a Durable Object's storage that the driver uses. */
export interface AlarmStorage {
  get(key: string): Promise<unknown>
  put(key: string, value: unknown): Promise<void>
  getAlarm(): Promise<number | null>
  setAlarm(at: number): Promise<void>
}

const key = "replication"

/** No alarm is further ahead, so that a clock that was set back, or a deploy that nobody tells of, is noticed. */
const longestMillis = 3_600_000
/** How long an object that was not told otherwise leaves its first run to whoever asks for one. */
const firstMillis = 10_000
/** What the memory is worth writing for: until then the object is most likely still there. */
const keptMillis = 5000
const firstRetryMillis = 5000
const longestRetryMillis = 900_000

/**
 * Has an object's alarm run what is due, and sets it again for when the next table is: at once where more remains, not
 * at all where nothing is scheduled. It only ever sets an earlier one, so that nobody's wish is lost.
 */
export class AlarmDriver {
  readonly #storage: AlarmStorage
  readonly #options: AlarmOptions
  #kept: Kept | undefined
  #failures = 0
  #waking: Promise<Results> | undefined
  readonly #ending = new AbortController()

  constructor(storage: AlarmStorage, options: AlarmOptions) {
    this.#storage = storage
    this.#options = options
  }

  /**
   * The alarm. It throws only where the storage itself fails. The platform calls it again when the object dies in the
   * midst of it, but not for ever: from the second time on, the next alarm is set before anything is run.
   */
  async ring(info: { readonly isRetry: boolean } | undefined): Promise<void> {
    if (!this.#options.isOn || this.#ending.signal.aborted) return
    if (info?.isRetry === true) await this.#armBy(Date.now() + firstMillis)
    try {
      await this.run()
    } catch {
      // The log tells why, and the alarm is set, unless it was the storage that failed.
      if ((await this.#storage.getAlarm()) === null) await this.#armBy(Date.now() + firstMillis)
    }
  }

  /** Runs what is due now; who asks while a run is under way gets that one's results. */
  run(): Promise<Results> {
    this.#waking ??= this.#run().finally(() => {
      this.#waking = undefined
    })
    return this.#waking
  }

  /** Ends the run under way at its next page, and has the alarm begin no other: what is due, the next process finds. */
  async end(): Promise<void> {
    this.#ending.abort()
    await this.#waking?.catch(() => undefined)
  }

  /** Has what is due run at once, in the alarm. */
  wakeNow(): Promise<void> {
    return this.#armBy(Date.now())
  }

  /** Makes sure of the alarm, on any occasion: an object may be new, and a config may have been deployed. */
  async keepArmed(): Promise<void> {
    if (!this.#options.isOn) return
    const { config, isIdle } = await this.#load()
    const at = await this.#storage.getAlarm()
    if (this.#waking !== undefined) return
    const isMissing = at === null ? !isIdle : at > Date.now() + longestMillis
    if (isMissing || config !== this.#options.config) await this.#armBy(Date.now() + firstMillis)
  }

  async #run(): Promise<Results> {
    try {
      const before = await this.#load()
      const { memory, nextAt, results } = await this.#options.wakeUp(before.memory, this.#ending.signal)
      this.#failures = 0
      const now = Date.now()
      const kept = { config: this.#options.config, memory, isIdle: nextAt === undefined }
      this.#kept = kept
      const isSoon = nextAt !== undefined && nextAt <= now + keptMillis && before.config === this.#options.config
      await Promise.all([
        nextAt === undefined ? undefined : this.#armBy(Math.min(Math.max(nextAt, now), now + longestMillis)),
        isSame(kept, before) || (isSoon && !before.isIdle) ? undefined : this.#storage.put(key, kept),
      ])
      return results
    } catch (error) {
      const wait = Math.min(longestRetryMillis, firstRetryMillis * 2 ** Math.min(20, this.#failures++))
      await this.#armBy(Date.now() + wait)
      throw error
    }
  }

  async #load(): Promise<Kept> {
    const kept = this.#kept ?? ((await this.#storage.get(key)) as Kept | undefined) ?? nothingKept
    this.#kept = kept
    return kept
  }

  async #armBy(at: number): Promise<void> {
    if (!this.#options.isOn) return
    const set = await this.#storage.getAlarm()
    if (set === null || set > at) await this.#storage.setAlarm(at)
  }
}

const isSame = (a: Kept, b: Kept): boolean => JSON.stringify(a) === JSON.stringify(b)
