import * as Schema from "effect/Schema"
import { ErrorAnswer } from "./parts.ts"

/** A request that failed as a whole. */
export const Failure = Schema.Struct({ error: ErrorAnswer }).annotate({ identifier: "Failure" })

/** An operation that has nothing to tell but whose table it was. */
export const Reset = Schema.Struct({ reset: Schema.String })
export const Confirmed = Schema.Struct({ confirmed: Schema.String })
export const Paused = Schema.Struct({ paused: Schema.String })
export const Dropped = Schema.Struct({
  dropped: Schema.NullOr(Schema.String).annotate({
    description: "The slot that was dropped; null where the source has none, because it keeps its log for nobody.",
  }),
  note: Schema.optionalKey(Schema.String.annotate({ description: "What that means, where there is no slot." })),
})
export const Resumed = Schema.Struct({ resumed: Schema.String })
