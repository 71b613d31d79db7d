import { legible, legibleLines, withEdges } from "@starbase-replication/plugin"

export { legible as clean, legibleLines as cleanLines }

/** A name, with blanks at its edges to be seen; an empty one too. */
export const cleanName = (name: string): string => (name === "" ? "␣" : withEdges(legible(name)))

/** JSON, in one line without `indent`, with such characters escaped: a terminal may be at the other end. */
export const toJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => String.raw`\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  )
