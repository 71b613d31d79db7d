import {
  answeredWith,
  codeOfStatus,
  ConnectorError,
  type NoAnswer,
  toNoAnswerError,
} from "@starbase-replication/core/source"

/** What came in place of an answer. */
export type Failure =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter: number | undefined }
  | NoAnswer

const urlHint = "Check url: it must be that of an instance of this project that is of a release that knows replicas."
const hints = new Map([
  ["unauthorized", "Check the secret that token names: it must hold a token of the hub."],
  ["forbidden", "The token may not read as this tenant: check tenant, and the secret that token names."],
  ["invalid-config", urlHint],
])

/** Classifies what came in place of an answer, by HTTP status and by errno, never by a message. */
export const toConnectorError = (failure: Failure, label: string): ConnectorError => {
  if (failure.kind !== "status") return toNoAnswerError(failure, label, urlHint)
  const { status, retryAfter } = failure
  // StarbaseDB answers a token that it does not know with 400.
  const code = status === 400 ? "unauthorized" : codeOfStatus(status)
  const hint = hints.get(code)
  return new ConnectorError({
    code,
    message: answeredWith(status, label),
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}
