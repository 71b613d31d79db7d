import type { RawValue } from "../../values.ts"
import type { Bytes } from "../bytes.ts"

/** Reads a value of a row image as the text, or the bytes, that an answer has for it. */
export type Decode = (bytes: Bytes) => RawValue
