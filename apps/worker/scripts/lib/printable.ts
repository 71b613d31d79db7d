/**
 * A text as a terminal may show it: characters that would move its cursor, turn its direction or cannot be seen stand as
 * their numbers. Names and messages come from the source, whose users may choose them.
 */
export const printable = (text: string): string => text.replaceAll(unseen, escaped)

/** The same for a text of several lines, with `between` between them. */
export const printableLines = (text: string, between = "\n"): string => text.split("\n").map(printable).join(between)

const unseen = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (character: string): string => {
  const number = character.codePointAt(0) ?? 0
  return number > 0xff_ff ? `\\u{${number.toString(16)}}` : `\\u${number.toString(16).padStart(4, "0")}`
}
