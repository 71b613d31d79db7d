import * as Effect from "effect/Effect"
import { toJson } from "./clean.ts"

const writeTo = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.callback((resume) => {
    // Who reads no further has what they wanted: a pipe that is closed is no failure.
    stream.write(text, () => resume(Effect.void))
  })

/** Prints lines of the answer to stdout, and waits until whoever reads has taken them. */
export const print = (...lines: ReadonlyArray<string>): Effect.Effect<void> =>
  writeTo(process.stdout, lines.map((line) => `${line}\n`).join(""))

/** Prints what is not the answer, to stderr. */
export const note = (...lines: ReadonlyArray<string>): Effect.Effect<void> =>
  writeTo(process.stderr, lines.map((line) => `${line}\n`).join(""))

/** Prints a value as one line of JSON. */
export const printJson = (value: unknown): Effect.Effect<void> => print(toJson(value))
