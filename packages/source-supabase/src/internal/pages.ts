import { type Column, ConnectorError, type Page, type Row, type TableSchema } from "@starbase-replication/core"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Client, Rows } from "./client.ts"
import { charactersFor, makePace, type Pace } from "./pace.ts"
import { type Asked, makeQuery } from "./request.ts"
import { makeReader, picker } from "./rows.ts"

/** Reads pages of tables at the pace that each of them allows. */
export interface Pages {
  /** One page. It is done only where the API answered with no row at all: a short page may be the API's own cap. */
  readonly read: (asked: Asked, maxBytes: number) => Effect.Effect<Page, ConnectorError>
  /** Whether the API shows any row of a table. */
  readonly any: (table: TableSchema, column: Column) => Effect.Effect<boolean, ConnectorError>
}

export const makePages = (client: Client): Pages => {
  const paces = new Map<string, Pace>()
  const paceOf = ({ table, columns }: Asked): Pace => {
    const id = JSON.stringify([table.name.schema, table.name.name, columns.length])
    const pace = paces.get(id) ?? makePace()
    paces.set(id, pace)
    return pace
  }

  /** Asks for ever fewer rows while even those take too long. */
  const ask = (asked: Asked, maxBytes: number, pace: Pace): Effect.Effect<Rows, ConnectorError> =>
    Effect.suspend(() => {
      const limit = pace.limit(asked.limit, maxBytes)
      return Effect.catchIf(
        client.rows(makeQuery({ ...asked, limit }), charactersFor(maxBytes)),
        (error) => isTooMuch(error) && pace.tooSlow(limit),
        () => ask(asked, maxBytes, pace),
      )
    })

  return {
    read: (asked, maxBytes) =>
      Effect.gen(function* () {
        const pace = paceOf(asked)
        const answer = yield* ask(asked, maxBytes, pace)
        const page = yield* Effect.fromResult(takePage(asked, answer, maxBytes))
        const { characters } = answer
        pace.took({
          rows: page.rows.length,
          bytes: page.bytes,
          characters: (characters * page.rows.length) / Math.max(1, answer.rows.length),
        })
        return page
      }),

    any: (table, column) =>
      client
        .rows(makeQuery({ table, columns: [column], where: [], order: [], limit: 1 }), 1)
        .pipe(Effect.map(({ rows }) => rows.length > 0)),
  }
}

/** Statements that fewer rows would have saved. */
const isTooMuch = ({ code }: ConnectorError): boolean => code === "timeout"

/** The rows of an answer, up to the one that reaches `maxBytes`. */
const takePage = (asked: Asked, answer: Rows, maxBytes: number): Result.Result<Page, ConnectorError> => {
  const read = makeReader(asked.columns, asked.order)
  const pick = picker(asked.columns, asked.order)
  const perCharacter = Math.max(1, answer.bytes / Math.max(1, answer.characters))
  const rows: Array<Row> = []
  let bytes = 0
  let previous: Row | undefined
  for (const answered of answer.rows) {
    if (bytes >= maxBytes) break
    const result = read(answered)
    if (Result.isFailure(result)) return Result.fail(result.failure)
    const row = result.success
    const key = pick(row)
    const isSame = previous !== undefined && key.every((value, place) => value === previous?.[place])
    if (isSame) return Result.fail(notUnique(asked, JSON.stringify(key)))
    previous = key
    rows.push(row)
    for (const value of row) if (value !== null) bytes += value.length * perCharacter
  }
  return Result.succeed({ rows, done: answer.rows.length === 0, bytes: Math.ceil(bytes) })
}

/** Two such rows follow each other; with an edge of pages between them, one of them would be lost. */
const notUnique = ({ order }: Asked, key: string): ConnectorError =>
  new ConnectorError({
    code: "key-not-unique",
    message: `Two rows have the same ${order.join(", ")}`,
    key,
  })
