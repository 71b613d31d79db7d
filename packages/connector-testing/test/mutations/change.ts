import type {
  ConnectorError,
  LookupRequest,
  MadePage,
  ReadRequest,
  Row,
  TableSchema,
  Value,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Toy } from "../toy/harness.ts"
import type { Change, ToyShape } from "../toy/source.ts"

/** What is done to a correct toy, and the checks that must fail for it. */
export interface Mutation extends Toy {
  readonly name: string
  readonly breaks: ReadonlyArray<string>
}

/** A toy that reads in another way. */
export const reads =
  (read: (source: ToyShape, request: ReadRequest) => Effect.Effect<MadePage, ConnectorError>): Change =>
  (source) => ({ ...source, read: (request) => read(source, request) })

/** A toy that asks for other pages. */
export const asksFor = (change: (request: ReadRequest) => ReadRequest): Change =>
  reads((source, request) => source.read(change(request)))

/** A toy that gives other pages. */
export const givesPages = (change: (page: MadePage, request: ReadRequest) => MadePage): Change =>
  reads((source, request) => Effect.map(source.read(request), (page) => change(page, request)))

/** A toy that gives other rows, read or looked up. */
export const givesRows =
  (change: (rows: ReadonlyArray<Row>, request: ReadRequest | LookupRequest) => ReadonlyArray<Row>): Change =>
  (source) => ({
    ...source,
    read: (request) => Effect.map(source.read(request), (page) => ({ ...page, rows: change(page.rows, request) })),
    lookup: (request) => Effect.map(source.lookup(request), (rows) => change(rows, request)),
  })

/** A toy that gives other values in columns of some types. */
export const givesValues = (change: (value: string) => Value, types?: ReadonlyArray<string>): Change =>
  givesRows((rows, { columns }) =>
    rows.map((row) =>
      row.map((value, place) =>
        value === null || types?.includes(columns[place]?.type ?? "") === false ? value : change(value),
      ),
    ),
  )

/** A toy that describes tables otherwise. */
export const describes =
  (change: (table: TableSchema) => TableSchema): Change =>
  (source) => ({
    ...source,
    discover: (names) =>
      Effect.map(source.discover(names), (tables) =>
        tables.map((table) => (table === undefined ? undefined : change(table))),
      ),
  })

/** A toy whose failures are others. */
export const fails = (change: (error: ConnectorError, password: string) => ConnectorError): Change => {
  return (source, { password }) => {
    const failing = <A>(effect: Effect.Effect<A, ConnectorError>) =>
      Effect.mapError(effect, (error) => change(error, password))
    return {
      ...source,
      list: (schema) => failing(source.list(schema)),
      discover: (names) => failing(source.discover(names)),
      read: (request) => failing(source.read(request)),
      lookup: (request) => failing(source.lookup(request)),
    }
  }
}

/** Everything that a request's page could be taken from. */
export const whole = (request: ReadRequest): ReadRequest => ({
  ...request,
  after: undefined,
  limit: 1e9,
  maxBytes: 1e9,
})
