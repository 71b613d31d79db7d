import type { Check } from "./Check.ts"
import type { SinkSubject } from "./internal/sinkSubject.ts"
import { apply } from "./sink/apply.ts"
import { atomicity } from "./sink/atomicity.ts"
import { comparing } from "./sink/comparing.ts"
import { drift } from "./sink/drift.ts"
import { lease } from "./sink/lease.ts"
import { limits } from "./sink/limits.ts"
import { rangeChecks } from "./sink/ranges.ts"
import { rejects } from "./sink/rejects.ts"
import { states } from "./sink/states.ts"
import { whole } from "./sink/whole.ts"
import { values } from "./sink/values.ts"

/** All that a sink must keep to, as plain values; each runs with the sink as its {@link SinkSubject}. */
export const sinkChecks: ReadonlyArray<Check<SinkSubject>> = [
  ...values,
  ...apply,
  ...atomicity,
  ...lease,
  ...limits,
  ...rejects,
  ...drift,
  ...comparing,
  ...rangeChecks,
  ...whole,
  ...states,
]
