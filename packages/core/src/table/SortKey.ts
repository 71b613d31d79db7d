/** How far a decimal point may lie from the first digit: beyond all that a source prints. */
const reach = 5_000_000

/**
 * A text that is in the order of the numbers where decimals are compared as SQLite compares texts, byte by byte, and equal where
 * they are equal, however many zeros they end with: `>` and ORDER BY mean by it what they mean by the numbers, whatever
 * their length. It is made of a digit for the sign (0 negative, 1 zero, 2 positive), seven for where the point is, and the digits from
 * the first to the last that is no zero; of a negative number each digit is its complement to nine, and a `~` follows.
 * `-Infinity` comes before all, `Infinity` and then `NaN` after all, as PostgreSQL has them.
 *
 * Undefined where the text is no decimal, or one that nobody could write down.
 */
export const sortKey = (text: string): string | undefined => {
  const special = specials.get(text)
  if (special !== undefined) return special
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,9}))?$/i.exec(text)
  if (match === null) return undefined
  const [, sign, whole = "", fraction = "", exponent = "0"] = match
  if (whole + fraction === "") return undefined
  const digits = (whole + fraction).replace(/^0+/, "")
  if (digits === "") return "1"
  const point = digits.length - fraction.length + Number(exponent) + reach
  if (point < 0 || point >= 2 * reach) return undefined
  const place = String(point).padStart(7, "0")
  const significant = digits.replace(/0+$/, "")
  return sign === "-" ? `0${complement(place)}${complement(significant)}~` : `2${place}${significant}`
}

const specials = new Map([
  ["-Infinity", "0"],
  ["Infinity", "3"],
  ["NaN", "4"],
])

const complement = (digits: string): string => digits.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))
