import { type Bytes, Plain, Raw } from "../bytes.ts"
import type { Decode } from "./decode.ts"

/** Whole numbers of so many bytes. */
export const integer = (size: number, isUnsigned: boolean): Decode => {
  if (size === 8) {
    return (bytes) => new Plain(String(isUnsigned ? bytes.unsigned64() : bytes.signed64()))
  }
  return (bytes) => new Plain(String(isUnsigned ? bytes.unsigned(size) : bytes.signed(size)))
}

const real = (number: number) => new Plain(Object.is(number, -0) ? "-0" : String(number))

export const float: Decode = (bytes) => real(bytes.buffer.readFloatLE(bytes.skip(4)))

export const double: Decode = (bytes) => real(bytes.buffer.readDoubleLE(bytes.skip(8)))

export const year: Decode = (bytes) => {
  const number = bytes.unsigned(1)
  return new Plain(String(number === 0 ? 0 : 1900 + number))
}

export const bit =
  (size: number): Decode =>
  (bytes) =>
    new Raw(bytes.take(size))

/** How many bytes some digits take that are less than nine. */
const sizeOf = (digits: number): number => [0, 1, 1, 2, 2, 3, 3, 4, 4][digits] ?? 4

/** How many bytes a decimal takes. */
export const decimalSize = (precision: number, scale: number): number => {
  const whole = precision - scale
  return 4 * Math.trunc(whole / 9) + sizeOf(whole % 9) + 4 * Math.trunc(scale / 9) + sizeOf(scale % 9)
}

/** Groups of nine digits in four bytes, and what is left in fewer; all of it inverted where it is below zero. */
export const decimalText = (bytes: Bytes, precision: number, scale: number): string => {
  const packed = Buffer.from(bytes.take(decimalSize(precision, scale)))
  const first = packed[0] ?? 0
  const isNegative = (first & 0x80) === 0
  packed[0] = first ^ 0x80
  if (isNegative) for (const [place, byte] of packed.entries()) packed[place] = byte ^ 0xff
  let at = 0
  const group = (digits: number): string => {
    const size = digits === 9 ? 4 : sizeOf(digits)
    const number = packed.readUIntBE(at, size)
    at += size
    return String(number).padStart(digits, "0")
  }
  const whole = precision - scale
  let text = whole % 9 === 0 ? "" : group(whole % 9)
  for (let left = Math.trunc(whole / 9); left > 0; left--) text += group(9)
  let fraction = ""
  for (let left = Math.trunc(scale / 9); left > 0; left--) fraction += group(9)
  if (scale % 9 !== 0) fraction += group(scale % 9)
  const digits = text.replace(/^0+(?=\d)/, "") || "0"
  return `${isNegative ? "-" : ""}${digits}${scale === 0 ? "" : `.${fraction}`}`
}

export const decimal =
  (precision: number, scale: number): Decode =>
  (bytes) =>
    new Plain(decimalText(bytes, precision, scale))
