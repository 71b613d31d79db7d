import { constants, publicEncrypt } from "node:crypto"
import type mysql from "mysql2"

/** What the server is asked for: the key that its password is to be encrypted with. */
const keyWanted = Buffer.from([1])

/**
 * The login of accounts with `sha256_password`: the password as it is over TLS, else encrypted with the server's key.
 * mysql2's own leaves the padding to be guessed, and workerd guesses none.
 */
export const sha256Password: mysql.AuthPlugin = ({ connection }) => {
  const { password = "", ssl } = connection.config
  const text = Buffer.from(`${password}\0`, "utf8")
  let scramble: Buffer | undefined
  return (data: Buffer) => {
    if (ssl) return text
    if (scramble === undefined) {
      scramble = data.subarray(0, 20)
      return keyWanted
    }
    const salt = scramble
    const salted = text.map((byte, place) => byte ^ (salt[place % salt.length] ?? 0))
    return publicEncrypt({ key: data, oaepHash: "sha1", padding: constants.RSA_PKCS1_OAEP_PADDING }, salted)
  }
}
