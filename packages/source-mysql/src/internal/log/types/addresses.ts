import { Plain } from "../bytes.ts"
import type { Decode } from "./decode.ts"

/** MariaDB fills fixed types up with zeros, which its log leaves out. */
const filled = (bytes: Buffer, size: number): Buffer =>
  bytes.length === size ? bytes : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)])

const dotted = (bytes: Buffer): string => [...bytes].join(".")

export const inet4: Decode = (bytes) => new Plain(dotted(filled(bytes.take(bytes.unsigned(1)), 4)))

/** As `inet_ntop` prints: the longest run of zeros, even of one, as `::`, and an address of version 4 in dots. */
const inet6Text = (bytes: Buffer): string => {
  const groups = Array.from({ length: 8 }, (_, place) => bytes.readUInt16BE(2 * place))
  let gap = { start: -1, length: 0 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > gap.length) gap = { start, length }
    start += length
  }
  const hasGap = gap.length > 0
  let text = ""
  for (let place = 0; place < 8; place++) {
    if (hasGap && place >= gap.start && place < gap.start + gap.length) {
      if (place === gap.start) text += ":"
      continue
    }
    if (place > 0) text += ":"
    const isVersion4 =
      place === 6 && gap.start === 0 && (gap.length === 6 || (gap.length === 5 && groups[5] === 0xffff))
    if (isVersion4) return text + dotted(bytes.subarray(12))
    text += (groups[place] ?? 0).toString(16)
  }
  return hasGap && gap.start + gap.length === 8 ? `${text}:` : text
}

export const inet6: Decode = (bytes) => new Plain(inet6Text(filled(bytes.take(bytes.unsigned(1)), 16)))

/** Those of versions 1 to 5 are stored with their parts in another order, in which times stand in theirs. */
const uuidText = (stored: Buffer): string => {
  const bytes = isSwapped(stored)
    ? Buffer.concat([12, 10, 8, 6, 0].map((from, part) => stored.subarray(from, from + (partSizes[part] ?? 0))))
    : stored
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}

const partSizes = [4, 2, 2, 2, 6]

/** What has changed places has its variant, of one bit, and its version elsewhere. */
const isSwapped = (stored: Buffer): boolean => {
  const [variant = 0, version = 0] = [stored[6], stored[8]]
  return variant >= 0x80 && version > 0 && version < 0x60
}

export const uuid: Decode = (bytes) => new Plain(uuidText(filled(bytes.take(bytes.unsigned(1)), 16)))
