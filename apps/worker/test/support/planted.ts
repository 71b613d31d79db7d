import { createHash } from "node:crypto"

const hashes = ["md5", "sha1", "sha256"] as const

/**
 * The forms in which a value may turn up anywhere, by what they are: as itself, in JSON, in a URL, as bytes in hexadecimal digits or
 * in Base64, wherever in a text it begins, its digits alone, and what hashes without a key make of it.
 */
const formsOf = (value: string): ReadonlyArray<readonly [string, string]> => {
  const bytes = Buffer.from(value)
  const json = JSON.stringify(value).slice(1, -1)
  const base64 = [0, 1, 2].map((before) => {
    // What is encoded together with bytes beside it is left out.
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replaceAll("=", "")
    return text.slice(before === 0 ? 0 : before + 1, -2)
  })
  const digits = value.replaceAll(/\D/g, "")
  return [
    ["itself", value],
    ["JSON", json],
    ["JSON in JSON", JSON.stringify(json).slice(1, -1)],
    ["URL", encodeURIComponent(value)],
    ["hexadecimal", bytes.toString("hex")],
    ["HEXADECIMAL", bytes.toString("hex").toUpperCase()],
    ...base64.map((text, at) => [`Base64 at ${at}`, text] as const),
    ...(digits.length < 8 ? [] : [["digits", digits] as const]),
    ...hashes.flatMap((hash) => {
      const made = createHash(hash).update(value).digest()
      return [
        [hash, made.toString("hex")] as const,
        [`${hash} as bytes`, made.toString("latin1")] as const,
        [`${hash} in Base64`, made.toString("base64")] as const,
      ]
    }),
  ]
}

/** All forms of planted values, by what they are of; a value is one that is nowhere by accident. */
export const plantedForms = (values: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(values).flatMap(([name, value]) =>
      formsOf(value).map(([form, text]): [string, string] => [`${name} (${form})`, text]),
    ),
  )
