const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const joined = /(?<=\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?)\u200d(?=\p{Extended_Pictographic})/gu
/** A private character that stands for a joiner of emoji meanwhile; one in the text itself is none of these. */
const kept = "\uffff"

/**
 * A text on one line as a terminal may show it. Names and messages come from databases, whose users may choose them:
 * characters that would move the cursor, turn the direction or cannot be seen stand as their numbers, `⟨202E⟩`.
 */
export const clean = (text: string): string =>
  text.replaceAll(kept, "⟨FFFF⟩").replaceAll(joined, kept).replaceAll(unseen, numbered).replaceAll(kept, "\u200d")

/** A name, with blanks at its edges to be seen; an empty one too. */
export const cleanName = (name: string): string =>
  name === "" ? "␣" : clean(name).replaceAll(/^\s+|\s+$/gu, (blanks) => "␣".repeat(blanks.length))

/** A text of several lines, of which all but the first are indented, so that none looks like a line of ours. */
export const cleanLines = (text: string, indent = "    "): string => text.split("\n").map(clean).join(`\n${indent}`)

const numbered = (character: string): string =>
  `⟨${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`

/** JSON, in one line without `indent`, with such characters escaped: a terminal may be at the other end. */
export const toJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => String.raw`\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  )
