import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

const utf8 = new TextEncoder()

/** A secret of fewer characters could be guessed, and with it what it has masked. */
export const leastSecret = 32

/** How many bytes of the HMAC a token has: two of so many values as there are people have the same one by no accident. */
const tokenBytes = 16

const nonceBytes = 12

type Cipher = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/**
 * What masks are made with. A token is the first 16 bytes of HMAC-SHA-256, in hexadecimal digits, by the secret as its key
 * and of a value's canonical text as UTF-8, so that whoever has the secret can make it too. What a table's state must keep
 * of values that are masked is sealed: nobody reads it without the secret, and the same text is the same sealed one.
 *
 * Neither a log nor JSON shows the secret.
 */
export class MaskKey {
  /** Another one for another secret, which it does not tell. */
  readonly fingerprint: string
  readonly #mac: (text: string) => Uint8Array
  readonly #nonce: (text: string) => Uint8Array
  readonly #sealing: Uint8Array<ArrayBuffer>
  #cipher: Promise<Cipher> | undefined

  constructor(secret: string) {
    this.#mac = macOf(utf8.encode(secret))
    const derived = macOf(this.#mac("starbase-replication: what is sealed"))
    this.#sealing = new Uint8Array(derived("key"))
    this.#nonce = macOf(derived("nonce"))
    this.fingerprint = bytesToHex(derived("fingerprint").subarray(0, 8))
  }

  token(text: string): string {
    return bytesToHex(this.#mac(text).subarray(0, tokenBytes))
  }

  /** Seals a text. It is the nonce that makes AES-GCM safe, and it is another one for each text. */
  async seal(text: string): Promise<string> {
    const nonce = new Uint8Array(this.#nonce(text).subarray(0, nonceBytes))
    const cipher = await this.#key()
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, cipher, utf8.encode(text))
    return toBase64(nonce) + toBase64(new Uint8Array(sealed))
  }

  /** Reads what was sealed; undefined where it was not, or under another secret. */
  async unseal(sealed: string): Promise<string | undefined> {
    try {
      const [iv, data] = [fromBase64(sealed.slice(0, 16)), fromBase64(sealed.slice(16))]
      const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await this.#key(), data)
      return new TextDecoder().decode(text)
    } catch {
      return undefined
    }
  }

  toJSON(): string {
    return this.fingerprint
  }

  #key(): Promise<Cipher> {
    this.#cipher ??= crypto.subtle.importKey("raw", this.#sealing, "AES-GCM", false, ["encrypt", "decrypt"])
    return this.#cipher
  }
}

/** A function that makes the HMAC of texts, its key's part made once. */
const macOf = (key: Uint8Array): ((text: string) => Uint8Array) => {
  const begun = hmac.create(sha256, key)
  return (text) => begun.clone().update(utf8.encode(text)).digest()
}

const chunk = 8192

const toBase64 = (bytes: Uint8Array): string => {
  let binary = ""
  for (let at = 0; at < bytes.length; at += chunk) binary += String.fromCharCode(...bytes.subarray(at, at + chunk))
  return btoa(binary)
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
