import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** The statuses with which the command ends; scripts rely on them. */
export const exitCodes = {
  ok: 0,
  /** A wrong command, flag, argument or name. */
  usage: 1,
  /** There is an answer, and it says that something fails, waits or differs. */
  trouble: 2,
  /** The token was refused. */
  refused: 3,
  /** No answer, or none of a replication instance. */
  noAnswer: 4,
  /** It would have to ask, and nobody is there. */
  mustAsk: 64,
  /** A mistake of this program. */
  defect: 70,
  interrupted: 130,
} as const

/**
 * Ends the command with a status. `message` goes to stderr, after what was printed; an empty one where the answer has said
 * all. `suggestion` is a command to try.
 */
export class Failed extends Schema.TaggedError<Failed>()("Failed", {
  exit: Schema.Literals(["usage", "trouble", "refused", "noAnswer", "mustAsk"]),
  message: Schema.String,
  hint: Schema.optionalKey(Schema.String),
  suggestion: Schema.optionalKey(Schema.String),
}) {
  override get [Runtime.errorExitCode](): number {
    return exitCodes[this.exit]
  }
}

/** Ends with {@link exitCodes.trouble}, where the answer that was printed has said why. */
export const trouble: Failed = new Failed({ exit: "trouble", message: "" })
