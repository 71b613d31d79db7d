import * as Effect from "effect/Effect"
import { ConnectorError } from "../error/ConnectorError.ts"
import { isOfSource } from "../error/Policy.ts"
import { readsMasked } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import { mapQueries, type SourceShape } from "../source/Source.ts"

/** The source's own number of what went wrong, which connectors put at the end. */
const number = /\((?:SQLSTATE [0-9A-Z]{5}|error \d{1,5}|PGRST\d{3}|SQLITE_[A-Z_]+)\)$/

/**
 * The same source, whose failures say in no words of its own what went wrong in a table with masks: a server quotes the value
 * that it trips over, and what a view or a function says may be anything. What concerns the source as a whole is said as ever.
 */
export const hush = (plan: Pick<Plan, "columns">, source: SourceShape): SourceShape =>
  readsMasked(plan)
    ? mapQueries(source, (query) =>
        Effect.mapError(query, (error) => (isOfSource(error.code) ? error : withoutWords(error))),
      )
    : source

const withoutWords = (error: ConnectorError): ConnectorError => {
  const { key: _key, ...rest } = error
  const told = number.exec(error.message)?.[0]
  const message = `The source failed, and may have quoted a value that is masked here: its words are left out${told === undefined ? "" : ` ${told}`}`
  return new ConnectorError({ ...rest, message })
}
