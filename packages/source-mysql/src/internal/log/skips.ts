import { Raw } from "./bytes.ts"
import { type EventType, fixedOf, lengthOf, prefixed, raw } from "./columns.ts"
import type { Decode } from "./types/decode.ts"
import { decimalSize } from "./types/numbers.ts"
import { fractionSize } from "./types/times.ts"

/** Bytes of values of a fixed size, by the number of their type. */
const sizes = new Map<number, number>([
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 4],
  [5, 8],
  [6, 0],
  [7, 4],
  [8, 8],
  [9, 3],
  [10, 3],
  [11, 3],
  [12, 8],
  [13, 1],
  [14, 3],
])

/** What goes on over a value that nobody wants; undefined for a type that is not known. */
export const skipOf = ({ type, meta }: EventType): Decode | undefined => {
  const size = sizes.get(type)
  if (size !== undefined) return fixed(size)
  switch (type) {
    case 15:
    case 141:
    case 253:
      return prefixed(lengthOf(meta), raw)
    case 16:
      return fixed((meta >> 8) + ((meta & 0xff) > 0 ? 1 : 0))
    case 17:
      return fixed(4 + fractionSize(meta))
    case 18:
      return fixed(5 + fractionSize(meta))
    case 19:
      return fixed(3 + fractionSize(meta))
    case 140:
    case 242:
    case 245:
    case 249:
    case 250:
    case 251:
    case 252:
    case 255:
      return prefixed(meta, raw)
    case 246:
      return fixed(decimalSize(meta & 0xff, meta >> 8))
    case 247:
    case 248:
    case 254: {
      const one = fixedOf(meta)
      return one.type === 254 ? prefixed(lengthOf(one.size), raw) : fixed(one.size)
    }
    default:
      return undefined
  }
}

const fixed =
  (size: number): Decode =>
  (bytes) =>
    new Raw(bytes.take(size))
