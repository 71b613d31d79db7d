import { Plain, Raw } from "../bytes.ts"
import type { Decode } from "./decode.ts"

const text = (value: string) => new Raw(Buffer.from(value, "utf8"))

/** A number is stored, of which 0 stands for what is no member. */
export const enumeration =
  (members: ReadonlyArray<string>, size: number): Decode =>
  (bytes) => {
    const number = bytes.unsigned(size)
    return number === 0 ? new Plain("") : text(members[number - 1] ?? "")
  }

/** A bit is stored for each member. */
export const set =
  (members: ReadonlyArray<string>, size: number): Decode =>
  (bytes) => {
    const bits = bytes.take(size)
    return text(members.filter((_, place) => ((bits[place >> 3] ?? 0) >> (place & 7)) & 1).join(","))
  }
