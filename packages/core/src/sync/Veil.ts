import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { hasMaskedKey, readsMasked, sealingKey } from "../plan/MaskedKey.ts"
import type { MaskKey } from "../mask/MaskKey.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Batch } from "../sink/Batch.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Position } from "../state/Position.ts"
import { decodeRanges, encodeRanges, type Ranges } from "../state/Ranges.ts"

/**
 * A run whose state tells nobody of values that are masked. What the source is asked by is sealed on its way into the sink, and
 * opened on its way back: the keys at which sweeps, comparisons and searches stand, where the key is masked, and the digests of
 * ranges, which are made of the values themselves and could be guessed. What cannot be opened is not there, so that the
 * table is gone through anew.
 *
 * All else that a run gives a sink comes from rows that were converted, and its keys are the replica's.
 */
export const veil = (plan: Plan, run: SinkRun): Effect.Effect<SinkRun> => {
  const key = sealingKey(plan)
  if (key === undefined || !readsMasked(plan)) return Effect.succeed(run)
  const withRanges: SinkRun = {
    ...run,
    ranges: Effect.flatMap(run.ranges, (ranges) => (ranges === undefined ? Effect.undefined : openRanges(key, ranges))),
    apply: (batch) => Effect.flatMap(sealRangesOf(key, batch), run.apply),
  }
  return hasMaskedKey(plan) ? veilKeys(key, withRanges) : Effect.succeed(withRanges)
}

/** Whether digests of a plan's rows may be kept: where none is made of masked values, or a secret seals them. */
export const mayKeepDigests = (plan: Plan): boolean =>
  !hasMaskedKey(plan) && (!readsMasked(plan) || sealingKey(plan) !== undefined)

const openRanges = (key: MaskKey, { of, sealed }: Ranges) =>
  Effect.map(
    Effect.promise(() => key.unseal(sealed ?? "")),
    (text) => {
      const opened = text === undefined ? undefined : decodeRanges(text)
      return opened?.of === of ? opened : undefined
    },
  )

const sealRanges = (key: MaskKey, ranges: Ranges): Effect.Effect<Ranges> =>
  Effect.map(
    Effect.promise(() => key.seal(encodeRanges(ranges))),
    (sealed) => ({ version: 1, of: ranges.of, sealed, list: [], walk: null }),
  )

const sealRangesOf = Effect.fnUntraced(function* (key: MaskKey, batch: Batch) {
  const { ranges, touched } = batch
  return {
    ...batch,
    ...(ranges === undefined || ranges === "kept" ? {} : { ranges: yield* sealRanges(key, ranges) }),
    ...(touched === undefined ? {} : { touched: yield* sealRanges(key, touched) }),
  }
})

type After = ReadonlyArray<string> | null
const decodeAfter = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Array(Schema.String)))

const sealAfter = (key: MaskKey, after: After): Effect.Effect<After> =>
  after === null
    ? Effect.succeed(null)
    : Effect.map(
        Effect.promise(() => key.seal(JSON.stringify(after))),
        (sealed) => [sealed],
      )

/** Undefined where it cannot be opened. */
const openAfter = (key: MaskKey, after: After): Effect.Effect<After | undefined> =>
  after === null
    ? Effect.succeed(null)
    : Effect.map(
        Effect.promise(() => key.unseal(after[0] ?? "")),
        (text) => Option.getOrUndefined(decodeAfter(text)),
      )

interface Standing {
  readonly after: After
}

const sealStanding = <S extends Standing>(key: MaskKey, state: S): Effect.Effect<S> =>
  Effect.map(sealAfter(key, state.after), (after) => ({ ...state, after }))

const openStanding = <S extends Standing>(key: MaskKey, state: S | undefined): Effect.Effect<S | undefined> =>
  state === undefined
    ? Effect.undefined
    : Effect.map(openAfter(key, state.after), (after) => (after === undefined ? undefined : { ...state, after }))

const sealPosition = Effect.fnUntraced(function* (key: MaskKey, position: Position) {
  const sealed = yield* sealStanding(key, position)
  return sealed.waiting === undefined ? sealed : { ...sealed, waiting: yield* sealStanding(key, sealed.waiting) }
})

const openPosition = Effect.fnUntraced(function* (key: MaskKey, position: Position | undefined) {
  const opened = yield* openStanding(key, position)
  if (opened?.waiting === undefined) return opened
  const waiting = yield* openStanding(key, opened.waiting)
  return waiting === undefined ? undefined : { ...opened, waiting }
})

const sealBatch = Effect.fnUntraced(function* (key: MaskKey, batch: Batch): Effect.fn.Return<Batch> {
  const { reconciliation } = batch
  const position = yield* sealPosition(key, batch.position)
  if (reconciliation === undefined || typeof reconciliation.state === "string") return { ...batch, position }
  const state = yield* sealStanding(key, reconciliation.state)
  return { ...batch, position, reconciliation: { ...reconciliation, state } }
})

const veilKeys = Effect.fnUntraced(function* (key: MaskKey, run: SinkRun): Effect.fn.Return<SinkRun> {
  const { stored, findings } = run
  return {
    ...run,
    stored: {
      ...stored,
      position: yield* openPosition(key, stored.position),
      reconciliation: yield* openStanding(key, stored.reconciliation),
      verification: yield* openStanding(key, stored.verification),
    },
    apply: (batch) => Effect.flatMap(sealBatch(key, batch), run.apply),
    findings: {
      ...findings,
      noteVerification: (state, found, rechecked) =>
        Effect.flatMap(sealStanding(key, state), (sealed) => findings.noteVerification(sealed, found, rechecked)),
      completeVerification: (state) =>
        Effect.flatMap(sealStanding(key, state), (sealed) => findings.completeVerification(sealed)),
    },
  }
})
