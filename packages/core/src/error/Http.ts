import type { Code } from "./codes.ts"
import { ConnectorError } from "./ConnectorError.ts"
import { isTlsFailure, networkReason } from "./Network.ts"

const byStatus = new Map<number, Code>([
  [401, "unauthorized"],
  [402, "forbidden"],
  [403, "forbidden"],
  [404, "invalid-config"],
  [405, "invalid-config"],
  [406, "unsupported"],
  [408, "timeout"],
  [413, "unsupported"],
  [414, "unsupported"],
  [429, "rate-limited"],
  [431, "unsupported"],
  [502, "unreachable"],
  [504, "timeout"],
  [520, "unreachable"],
  [521, "unreachable"],
  [522, "unreachable"],
  [523, "unreachable"],
  [524, "timeout"],
  [525, "tls-failed"],
  [526, "tls-failed"],
  [530, "unreachable"],
])

/** What the status of a failed answer means to a source that speaks HTTP, gateways before it included. */
export const codeOfStatus = (status: number): Code => {
  const code = byStatus.get(status)
  if (code !== undefined) return code
  if (status >= 300 && status < 400) return "invalid-config"
  return status >= 500 ? "source-busy" : "unknown"
}

/** What is said of an answer that tells nothing but its status; `label` is what to call the server. */
export const answeredWith = (status: number, label: string): string =>
  `${label} answered ${status}${status >= 300 && status < 400 ? ", a redirection that is not followed" : ""}`

/** Milliseconds to wait by a Retry-After header: seconds, or the date of the next try. */
export const parseRetryAfter = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** What came in place of an answer that says anything by its status. */
export type NoAnswer =
  /** No answer, or half of one; `code` is the errno, where the runtime tells. */
  | { readonly kind: "network"; readonly code: string | undefined }
  /** An answer of success that holds something else. */
  | { readonly kind: "answer"; readonly problem: string }
  | { readonly kind: "timeout" }

/** The error of a request without an answer; `label` is what to call the server, `urlHint` what to check of its URL. */
export const toNoAnswerError = (failure: NoAnswer, label: string, urlHint: string): ConnectorError => {
  switch (failure.kind) {
    case "network": {
      const { code } = failure
      if (code !== undefined && isTlsFailure(code)) {
        const message = `The encryption with ${label} failed: its certificate or protocol was not accepted (${code})`
        return new ConnectorError({ code: "tls-failed", message })
      }
      const why = code === undefined ? undefined : networkReason(code)
      const message = `${label} could not be reached${why === undefined ? "" : `: ${why} (${code})`}`
      return new ConnectorError({ code: "unreachable", message })
    }
    case "timeout":
      return new ConnectorError({ code: "timeout", message: `${label} did not answer in time` })
    case "answer":
      return new ConnectorError({ code: "unreachable", message: `${label} ${failure.problem}`, hint: urlHint })
  }
}

/** What is wrong with the URL of an HTTP source, in words that show none of it. `is` says what it must be. */
export const urlProblem = (text: string, is: string): string | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return `must be ${is}`
  if (url.username !== "" || url.password !== "") return "must hold no user and no password"
  if (url.search !== "" || url.hash !== "") return "must have nothing after its path"
  return undefined
}
