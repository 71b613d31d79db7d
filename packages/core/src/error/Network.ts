/** Failures of the network, by the codes of Node, workerd and their fetch, in words. */
const reasons = new Map<string, string>(
  Object.entries({
    EADDRNOTAVAIL: "this machine has no address for it",
    EAI_AGAIN: "its name could not be looked up now",
    ECONNABORTED: "the connection was aborted",
    ECONNREFUSED: "nothing accepts connections there",
    ECONNRESET: "the connection was reset",
    EHOSTDOWN: "the host is down",
    EHOSTUNREACH: "there is no way to the host",
    ENETDOWN: "the network is down",
    ENETUNREACH: "there is no way to the network",
    ENOTFOUND: "its name is not known",
    EPIPE: "the connection was closed",
    ETIMEDOUT: "it did not answer",
    UND_ERR_CONNECT_TIMEOUT: "it did not answer",
    UND_ERR_SOCKET: "the connection was closed",
  }),
)

/** What a code says of the network, in words that go on after a colon; undefined for one that is not of the network. */
export const networkReason = (code: string): string | undefined => reasons.get(code)

const tls =
  /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|EPROTO$)/

/** Whether a code is what OpenSSL calls a certificate that it does not accept, or Node an encryption that fails. */
export const isTlsFailure = (code: string): boolean => tls.test(code)

/** The code of an error, which Node hides one or more causes below what fetch throws. */
export const errnoOf = (error: unknown, depth = 0): string | undefined => {
  if (typeof error !== "object" || error === null || depth > 4) return undefined
  if ("code" in error && typeof error.code === "string") return error.code
  const below = "cause" in error ? errnoOf(error.cause, depth + 1) : undefined
  return below ?? ("errors" in error && Array.isArray(error.errors) ? errnoOf(error.errors[0], depth + 1) : undefined)
}
