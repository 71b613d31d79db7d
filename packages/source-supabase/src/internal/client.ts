import { type ConnectorError, patiently, type TableName } from "@starbase-replication/core/source"
import { createClient, type SupabaseClient } from "@supabase/supabase-js"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Answered, readAnswer } from "./answer.ts"
import { type Failure, toConnectorError, toDescriptionError } from "./errors.ts"
import { emptyReport, isAnswer, makeFetch, type Report } from "./http.ts"
import type { Query } from "./request.ts"
import type { Target } from "./target.ts"

/** What was taken of an answer: whole rows. */
export interface Answer {
  readonly text: string
  /** What was read of the answer, in bytes and in characters. */
  readonly bytes: number
  readonly characters: number
  /** How many rows there are, where that was asked for. */
  readonly total: number | undefined
  /** Whether the answer was read to its end. */
  readonly isWhole: boolean
}

/** Requests of one run. */
export interface Client {
  /** Asks for rows and takes about so many characters of them, at least one row. */
  readonly ask: (query: Query, maxCharacters: number) => Effect.Effect<Answer, ConnectorError>
  /** Reads the rows of an answer, of so many columns. */
  readonly rows: (answer: Answer, width: number) => Effect.Effect<ReadonlyArray<Answered>, ConnectorError>
  /** About how many rows a table has, by the plan that PostgreSQL makes to read it; undefined where the API does not tell. */
  readonly planned: (table: TableName) => Effect.Effect<number | undefined, ConnectorError>
  /** Asks for the OpenAPI document of a schema. */
  readonly description: (schema: string) => Effect.Effect<unknown, ConnectorError>
}

/** Makes the requests of one run; none is made yet, and nothing stays open between two. */
export const makeClient = (target: Target): Client => {
  const key = Redacted.value(target.key)
  let client: SupabaseClient | undefined
  const notRows = (problem: string) => toConnectorError({ kind: "answer", problem }, target.label, key)

  const send = <A extends { readonly error: unknown }>(
    request: (signal: AbortSignal, report: Report) => PromiseLike<A>,
    toError = (failure: Failure) => toConnectorError(failure, target.label, key),
  ): Effect.Effect<readonly [A, Report], ConnectorError> => {
    const once = Effect.suspend(() => {
      const report = emptyReport()
      return Effect.flatMap(
        Effect.promise((signal) => request(signal, report)),
        (result) => {
          const failure = failureOf(report, result.error)
          return failure === undefined ? Effect.succeed([result, report] as const) : Effect.fail(toError(failure))
        },
      )
    }).pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(target.requestTimeout),
        orElse: () => Effect.fail(toError({ kind: "timeout" })),
      }),
    )
    return patiently(once)
  }

  const request = (
    asked: Query & { readonly maxCharacters: number; readonly prefer: string },
    signal: AbortSignal,
    report: Report,
  ) => {
    const { table, search, maxCharacters, prefer } = asked
    client ??= open(target, key)
    // What select() and or() would make of names and values is not always what they are: the fetch sets the query.
    const fetch = makeFetch({ kind: "rows", maxCharacters, search }, report)
    return client
      .schema(headerText(table.schema ?? target.schema))
      .from(encodeURIComponent(table.name), { fetch, retry: false })
      .select()
      .setHeader("Prefer", prefer)
      .abortSignal(signal)
  }

  return {
    ask: ({ table, search, counts = false }, maxCharacters) => {
      const prefer = counts ? "timezone=UTC,count=exact" : "timezone=UTC"
      const asked = { table, search, maxCharacters, prefer }
      return Effect.map(
        send((signal, report) => request(asked, signal, report)),
        ([, report]) => report,
      )
    },

    planned: (table) => {
      const asked = { table, search: "select=*&limit=0", maxCharacters: 1, prefer: "count=planned" }
      return Effect.map(
        send((signal, report) => request(asked, signal, report)),
        ([, { total }]) => total,
      )
    },

    rows: ({ text }, width) =>
      Effect.try({
        try: () => readAnswer(text, width),
        catch: () => notRows("answered with something else than JSON, or with half of it"),
      }).pipe(
        Effect.flatMap((rows) =>
          rows === undefined ? Effect.fail(notRows("answered with something else than rows")) : Effect.succeed(rows),
        ),
      ),

    description: (schema) =>
      send(
        (signal, report) => {
          // It takes neither a fetch nor a signal of its own.
          const fetch = makeFetch({ kind: "document" }, report)
          return open(target, key, (input, init) => fetch(input, { ...init, signal }))
            .schema(headerText(schema))
            .getOpenApiSpec()
        },
        (failure) => toDescriptionError(failure, target, key),
      ).pipe(Effect.map(([{ data }]): unknown => data)),
  }
}

const open = (target: Target, key: string, fetch?: typeof globalThis.fetch): SupabaseClient =>
  createClient(target.url, key, {
    // Without it supabase-js would keep sessions and refresh them.
    accessToken: async () => key,
    db: { retry: false },
    ...(fetch === undefined ? {} : { global: { fetch } }),
  })

/** A header holds bytes, and PostgREST reads them as UTF-8. */
const headerText = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text))

/**
 * What a request failed with, if it did: by the status, since supabase-js takes an empty 404 for an empty answer, and by
 * what it read as the report of the error.
 */
const failureOf = ({ status, failure, retryAfter }: Report, error: unknown): Failure | undefined => {
  const said = (field: string): string | undefined => {
    const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, field) : undefined
    return typeof value === "string" ? value : undefined
  }
  if (status !== 0 && !isAnswer(status)) {
    return { kind: "status", status, code: said("code"), message: said("message"), retryAfter }
  }
  if (failure !== undefined || error === null) return failure
  return { kind: "answer", problem: "answered with something else than JSON, or with half of it" }
}
