import { Plain } from "../bytes.ts"
import type { Decode } from "./decode.ts"

const two = (number: number): string => String(number).padStart(2, "0")
const four = (number: number): string => String(number).padStart(4, "0")

/** How many bytes so many digits of a second take. */
export const fractionSize = (digits: number): number => (digits + 1) >> 1

/** With so many digits of a second, which are stored in pairs. */
const withFraction = (text: string, stored: number, digits: number): Plain =>
  new Plain(
    digits === 0
      ? text
      : `${text}.${String(stored)
          .padStart(2 * fractionSize(digits), "0")
          .slice(0, digits)}`,
  )

export const date: Decode = (bytes) => {
  const packed = bytes.unsigned(3)
  return new Plain(`${four(packed >> 9)}-${two((packed >> 5) & 15)}-${two(packed & 31)}`)
}

const halfTime = 0x800000

/** Counts from the middle, of the whole and its fraction together. */
export const time =
  (digits: number): Decode =>
  (bytes) => {
    const size = fractionSize(digits)
    const unit = 256 ** size
    const stored = bytes.unsignedBE(3 + size) - halfTime * unit
    const absolute = Math.abs(stored)
    const packed = Math.trunc(absolute / unit)
    const text = `${two(packed >> 12)}:${two((packed >> 6) & 63)}:${two(packed & 63)}`
    return withFraction(stored < 0 ? `-${text}` : text, absolute % unit, digits)
  }

const halfDateTime = 0x8000000000

export const dateTime =
  (digits: number): Decode =>
  (bytes) => {
    const packed = bytes.unsignedBE(5) - halfDateTime
    const fraction = bytes.unsignedBE(fractionSize(digits))
    const clock = packed % 131_072
    const day = Math.trunc(packed / 131_072)
    const months = day >> 5
    const text =
      `${four(Math.trunc(months / 13))}-${two(months % 13)}-${two(day & 31)}` +
      ` ${two(clock >> 12)}:${two((clock >> 6) & 63)}:${two(clock & 63)}`
    return withFraction(text, fraction, digits)
  }

export const timestamp =
  (digits: number): Decode =>
  (bytes) => {
    const seconds = bytes.unsignedBE(4)
    const fraction = bytes.unsignedBE(fractionSize(digits))
    const text =
      seconds === 0 && fraction === 0
        ? "0000-00-00 00:00:00"
        : new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")
    return withFraction(text, fraction, digits)
  }
