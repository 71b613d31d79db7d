/** A condition of PostgREST's logic trees. */
export type Condition =
  | { readonly all: ReadonlyArray<Condition> }
  | { readonly any: ReadonlyArray<Condition> }
  | Comparison

/** A comparison of a field. */
export type Comparison = { readonly field: string; readonly not: boolean } & (
  | { readonly op: "is" }
  | { readonly op: "in"; readonly list: ReadonlyArray<string> }
  | { readonly op: "eq" | "neq" | "lt" | "lte" | "gt" | "gte"; readonly value: string }
)

/**
 * Reads what of PostgREST's grammar (QueryParams.hs) this connector may use, and throws at anything else. Names and
 * values are as there: what stands in quotes has backslashes before quotes and backslashes, what does not is taken as
 * it stands.
 */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Takes what a pattern finds right here. */
  take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, "uy")
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  need(pattern: RegExp): string {
    return this.take(pattern) ?? this.fail()
  }

  fail(): never {
    throw new Error(`failed to parse (${this.#text}) at ${this.#at}`)
  }

  /** One or more of something, with commas between them. */
  list<A>(one: () => A): ReadonlyArray<A> {
    const items = [one()]
    while (this.take(/,/) !== undefined) items.push(one())
    return items
  }

  end(): void {
    if (this.#at < this.#text.length) this.fail()
  }

  quoted(): string | undefined {
    return this.take(/"(?:[^\\"]|\\[^])*"/)
      ?.slice(1, -1)
      .replaceAll(/\\([^])/gu, "$1")
  }

  /** pFieldName */
  name(): string {
    return this.quoted() ?? this.need(/[\p{L}\p{N}_ $]+(?:-(?!>)[\p{L}\p{N}_ $]+)*/u).trim()
  }

  /** pLogicSingleVal and pListElement, whose quotes only count where the value ends with them. */
  value(): string {
    const at = this.#at
    const quoted = this.quoted()
    if (quoted !== undefined && (this.#at === this.#text.length || /[,)]/.test(this.#text.charAt(this.#at))))
      return quoted
    this.#at = at
    return this.take(/\{[^{}]*\}/) ?? this.need(/[^,)]*/)
  }

  comparison(): Comparison {
    const field = this.name()
    this.need(/\./)
    const not = this.take(/not\./) !== undefined
    if (this.take(/in\.\(/) !== undefined) {
      const list = this.list(() => this.value())
      this.need(/\)/)
      return { field, not, op: "in", list }
    }
    if (this.take(/is\.null/) !== undefined) return { field, not, op: "is" }
    const op = this.need(/(?:eq|neq|gte|gt|lte|lt)(?=\.)/) as "eq"
    this.need(/\./)
    return { field, not, op, value: this.value() }
  }

  condition(): Condition {
    const joint = this.take(/(?:and|or)\(/)
    if (joint === undefined) return this.comparison()
    const parts = this.list(() => this.condition())
    this.need(/\)/)
    return joint === "and(" ? { all: parts } : { any: parts }
  }
}

const whole = <A>(text: string, read: (reader: Reader) => A): A => {
  const reader = new Reader(text)
  const result = read(reader)
  reader.end()
  return result
}

/** Reads `select`. */
export const parseSelect = (text: string) =>
  whole(text, (reader) =>
    reader.list(() => {
      const first = reader.name()
      const field = reader.take(/:(?!:)/) === undefined ? first : reader.name()
      const cast = reader.take(/::/) === undefined ? undefined : reader.need(/[\p{L}\p{N}_ $]+/u)
      return { alias: first, field, cast }
    }),
  )

/** Reads `order`. */
export const parseOrder = (text: string) =>
  whole(text, (reader) =>
    reader.list(() => ({
      field: reader.name(),
      direction: reader
        .need(/\.(?:asc|desc)/)
        .slice(1)
        .toUpperCase(),
    })),
  )

/** Reads `and` and `or`, with their name before them. */
export const parseTree = (text: string): Condition => whole(text, (reader) => reader.condition())
