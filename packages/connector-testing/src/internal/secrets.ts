import type { ConnectorError } from "@starbase-replication/core/source"
import * as Cause from "effect/Cause"
import { inspect } from "node:util"

const disguises: ReadonlyArray<(secret: string) => string> = [
  (secret) => secret,
  encodeURIComponent,
  (secret) => JSON.stringify(secret).slice(1, -1),
  (secret) => Buffer.from(secret).toString("base64"),
  (secret) => Buffer.from(secret).toString("hex"),
]

const attempt = (show: () => unknown): string => {
  try {
    return String(show())
  } catch {
    return ""
  }
}

const all = { depth: 20, showHidden: true, maxStringLength: null } as const

/** All that anybody could print of an error. */
const shownForms = (error: unknown): ReadonlyArray<readonly [where: string, text: string]> => [
  ["its text", attempt(() => error)],
  ["its JSON", attempt(() => JSON.stringify(error))],
  ["its stack", attempt(() => (error as Error).stack)],
  ["its message", attempt(() => (error as Error).message)],
  ["its description", attempt(() => JSON.stringify((error as ConnectorError).describe()))],
  ["what inspect shows", inspect(error, all)],
  ["what it holds", inspect(error, { ...all, customInspect: false })],
  ["its cause", inspect((error as Error | undefined)?.cause, all)],
]

/** Where an effect's failure shows one of the secrets, or undefined. The secret itself is not repeated. */
export const findLeak = (cause: Cause.Cause<unknown>, secrets: ReadonlyArray<string>): string | undefined => {
  const errors = cause.reasons.flatMap((reason) =>
    reason._tag === "Fail" ? [reason.error] : reason._tag === "Die" ? [reason.defect] : [],
  )
  const shown = [["the printed cause", Cause.pretty(cause)] as const, ...errors.flatMap(shownForms)]
  for (const [index, secret] of secrets.entries()) {
    const forms = new Set(disguises.map((disguise) => disguise(secret)))
    const found = shown.find(([, text]) => [...forms].some((form) => form !== "" && text.includes(form)))
    if (found !== undefined) return `${found[0]} (the harness's secret number ${index + 1})`
  }
  return undefined
}
