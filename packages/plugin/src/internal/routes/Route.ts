import type * as Schema from "effect/Schema"

/** A parameter in a request's query string. */
export interface QueryParameter {
  readonly name: string
  readonly description: string
  readonly schema: ParameterSchema
}

/** The values that a parameter may have, in JSON Schema; anything else is answered 400. */
export type ParameterSchema =
  | { readonly type: "string" }
  | { readonly type: "boolean"; readonly default: boolean }
  | { readonly type: "integer"; readonly minimum: number; readonly maximum: number; readonly default: number }

/** What an answer carries beside its status. */
export type Content =
  /** StarbaseDB's `{ result, error }`, with a result of this schema; with `mayLack` there may be words alone. */
  | { readonly description: string; readonly result: Schema.Codec<unknown, unknown>; readonly mayLack?: true }
  /** No result, but words in `error`. */
  | { readonly description: string; readonly error: true }
  /** Nothing. */
  | { readonly description: string; readonly empty: true }
  /** Something else than StarbaseDB's form. */
  | { readonly description: string; readonly mediaType: string; readonly schema: Readonly<Record<string, unknown>> }

/** One route of the plugin. */
export interface Route<Name extends string = string> {
  readonly method: "get" | "post"
  /** In the router's form: `/replicate/:table`. */
  readonly path: string
  /** The operation that answers it. */
  readonly name: Name
  readonly summary: string
  readonly query?: ReadonlyArray<QueryParameter>
  /** Whether anybody may ask: it says nothing of the instance. */
  readonly isOpen?: true
  /** What it may answer, by status. */
  readonly answers: Readonly<Record<number, Content>>
}

/** What an operation gives: a status that its route names, with the result of that status. */
export interface Reply {
  readonly status: number
  readonly result?: unknown
  readonly error?: string | undefined
  /** The whole body, where it is not StarbaseDB's form. */
  readonly body?: string
  /** What else the answer says in its head. */
  readonly headers?: Readonly<Record<string, string>>
}
