import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Rows } from "./database.ts"
import { ConnectorError } from "@starbase-replication/core/sink"

/** How a column of an answer is asked for and read. */
interface Column<A> {
  /** The expression that gives it; without one it is the column that is called like the field, in snake case. */
  readonly sql?: string
  /** None where the value is none that the column may have. */
  readonly read: (value: unknown) => Option.Option<A>
}

export const text: Column<string> = {
  read: (value) => (typeof value === "string" ? Option.some(value) : Option.none()),
}

export const integer: Column<number> = {
  read: (value) => (typeof value === "number" ? Option.some(value) : Option.none()),
}

/** What SQLite gives for a condition. */
export const flag: Column<boolean> = {
  read: (value) => (value === 0 || value === 1 ? Option.some(value === 1) : Option.none()),
}

/** A column that may be NULL. */
export const maybe = <A>({ read }: Column<A>): Column<A | undefined> => ({
  read: (value) => (value === null ? Option.some(undefined) : read(value)),
})

/** A value as JSON. */
export const json = <A>(schema: Schema.Codec<A, unknown>): Column<A> => ({
  read: Schema.decodeUnknownOption(Schema.fromJsonString(schema)),
})

/** A value that another release may have stored. */
export interface Kept<A> {
  readonly text: string
  /** Undefined where it is of a form that this release does not know. */
  readonly value: A | undefined
}

/** A value as JSON of a form that has a version, or NULL. */
export const kept = <A>(schema: Schema.Codec<A, unknown>): Column<Kept<A> | undefined> => {
  const { read } = json(schema)
  return maybe({
    read: (value) => Option.map(text.read(value), (text) => ({ text, value: Option.getOrUndefined(read(text)) })),
  })
}

/** A column that an expression gives. */
export const given = <A>(sql: string, { read }: Column<A>): Column<A> => ({ sql, read })

/** The columns of an answer. */
export interface Columns<A> {
  /** The list that follows SELECT or RETURNING. */
  readonly select: string
  /** Reads the rows that come. */
  readonly decode: (rows: Rows) => Effect.Effect<ReadonlyArray<A>, ConnectorError>
}

/** What is read of some columns. */
export type Decoded<C> = C extends Columns<infer A> ? A : never

type Fields<C> = { readonly [Name in keyof C]: C[Name] extends Column<infer A> ? A : never }

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Makes the list and its decoder out of one declaration, so that no column is read for another. */
export const columnsOf = <C extends Readonly<Record<string, Column<unknown>>>>(columns: C): Columns<Fields<C>> => {
  const all = Object.entries(columns).map(([name, { sql = snake(name), read }]) => ({ name, sql, read }))
  const decodeRow = (row: ReadonlyArray<unknown>) =>
    Effect.map(
      Effect.forEach(all, ({ name, sql, read }, place) =>
        Option.match(read(row[place]), { onSome: (value) => Effect.succeed([name, value]), onNone: () => odd(sql) }),
      ),
      (fields) => Object.fromEntries(fields) as Fields<C>,
    )
  return {
    select: all.map(({ sql }) => sql).join(", "),
    decode: (rows) => Effect.forEach(rows, decodeRow),
  }
}

const odd = (sql: string) =>
  Effect.fail(new ConnectorError({ code: "storage", message: `The replica's database gave something odd for ${sql}.` }))
