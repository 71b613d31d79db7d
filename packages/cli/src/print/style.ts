import * as Effect from "effect/Effect"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"

/** How words are marked; plain where colours are not wanted. Colour never says anything that the words do not. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly blue: (text: string) => string
}

const mark =
  (open: number, close: number) =>
  (text: string): string =>
    text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`

const coloured: Style = {
  bold: mark(1, 22),
  dim: mark(2, 22),
  red: mark(31, 39),
  green: mark(32, 39),
  yellow: mark(33, 39),
  blue: mark(34, 39),
}

const same = (text: string): string => text

/** Words as they are. */
export const plain: Style = { bold: same, dim: same, red: same, green: same, yellow: same, blue: same }

/** Colours where stdout is a terminal, by `NO_COLOR`, `FORCE_COLOR` and `TERM`. */
export const styleOf: Effect.Effect<Style> = Effect.map(TerminalCapabilities, ({ canColor }) =>
  canColor ? coloured : plain,
)
