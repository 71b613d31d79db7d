import type { RawValue } from "../../values.ts"
import { Plain, Raw } from "../bytes.ts"

/** Turns the bytes of a text in its column's character set into a value. */
export type FromCharset = (bytes: Buffer) => RawValue

const text = (value: string): RawValue => new Raw(Buffer.from(value, "utf8"))

/** What the server's latin1 has in the places that ISO 8859-1 leaves to control characters. */
const windows = new Map(
  Object.entries({
    "\x80": "€",
    "\x82": "‚",
    "\x83": "ƒ",
    "\x84": "„",
    "\x85": "…",
    "\x86": "†",
    "\x87": "‡",
    "\x88": "ˆ",
    "\x89": "‰",
    "\x8a": "Š",
    "\x8b": "‹",
    "\x8c": "Œ",
    "\x8e": "Ž",
    "\x91": "‘",
    "\x92": "’",
    "\x93": "“",
    "\x94": "”",
    "\x95": "•",
    "\x96": "–",
    "\x97": "—",
    "\x98": "˜",
    "\x99": "™",
    "\x9a": "š",
    "\x9b": "›",
    "\x9c": "œ",
    "\x9e": "ž",
    "\x9f": "Ÿ",
  }),
)

const beyondAscii = /[\u0080-\u00ff]/

const latin1: FromCharset = (bytes) => {
  const raw = bytes.toString("latin1")
  if (!beyondAscii.test(raw)) return new Plain(raw)
  return text(raw.replaceAll(/[\u0080-\u009f]/g, (letter) => windows.get(letter) ?? letter))
}

/** Two bytes for a letter, or four; halves of pairs stay what they are, three bytes each, as the server prints them. */
const utf16 = (bytes: Buffer): RawValue => {
  const swapped = Buffer.from(bytes)
  if (swapped.length % 2 === 0) swapped.swap16()
  return text(swapped.toString("utf16le"))
}

const utf32: FromCharset = (bytes) => {
  let letters = ""
  for (let at = 0; at + 4 <= bytes.length; at += 4) letters += String.fromCodePoint(bytes.readUInt32BE(at))
  return text(letters)
}

const asIs: FromCharset = (bytes) => new Raw(bytes)

/** The character sets whose texts are told exactly; of others the server alone knows what they read as. */
const charsets = new Map<string, FromCharset>([
  ["utf8", asIs],
  ["utf8mb3", asIs],
  ["utf8mb4", asIs],
  ["binary", asIs],
  ["latin1", latin1],
  ["ucs2", utf16],
  ["utf16", utf16],
  ["utf16le", (bytes) => text(bytes.toString("utf16le"))],
  ["utf32", utf32],
  ["ascii", (bytes) => new Plain(bytes.toString("latin1").replaceAll(/[\u0080-\u00ff]/g, "?"))],
])

/** What reads texts of a character set; undefined where that is not known. */
export const fromCharset = (charset: string): FromCharset | undefined => charsets.get(charset)
