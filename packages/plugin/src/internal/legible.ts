/** Characters that cannot be seen, or that move a cursor or turn the direction of the text around them. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]/gu

/** What joins emoji into one is no such character. */
const joined = /(?<=\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\uFE0F)?)\u200D(?=\p{Extended_Pictographic})/gu

/** A character that no text has a use for, in place of a joiner meanwhile; one in the text itself is shown by its number. */
const holder = "\uFFFF"

const numbered = (character: string): string =>
  `⟨${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`

/**
 * A text on one line as a page or a terminal may show it. Names and messages come from databases, whose users may choose
 * them: what would do something, or not be seen, stands as its number, `⟨202E⟩`.
 */
export const legible = (text: string): string =>
  text.replaceAll(holder, numbered).replaceAll(joined, holder).replaceAll(unseen, numbered).replaceAll(holder, "\u200D")

/** A text of several lines, of which all but the first are indented, so that none looks like a line of somebody else's. */
export const legibleLines = (text: string, indent = "    "): string => text.split("\n").map(legible).join(`\n${indent}`)

/** Blanks at the edges of a name, so that they are seen. */
export const withEdges = (name: string): string => name.replaceAll(/^\s+|\s+$/gu, (blanks) => "␣".repeat(blanks.length))
