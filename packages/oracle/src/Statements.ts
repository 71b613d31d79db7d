import type { Assignment, Column, Dialect } from "./Dialect.ts"
import type { Write } from "./History.ts"
import { isKeyless, type Shape } from "./Shape.ts"

const keyTexts = {
  integer: ["0", "1", "2", "3", "-1", "-2147483648", "2147483647", "10", "100", "9"],
  bigint: ["0", "1", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808", "2", "3", "10", "9"],
  numeric: ["0", "1", "1.5", "-1", "2", "3", "-2.25", "10", "100", "9"],
  text: ["", "a", "A", "a b", '"', "'", "é", "😀", "10", "9"],
} as const

/** The statements of one history's table. */
export interface Statements {
  readonly create: string
  readonly fill: (columns: ReadonlyArray<Column>) => ReadonlyArray<string>
  /** The statements of a write; none where it has no meaning for the table. */
  readonly write: (columns: ReadonlyArray<Column>, write: Write) => ReadonlyArray<string>
  /** What is committed of the rows that are replicated, in cells. */
  readonly snapshot: (columns: ReadonlyArray<Column>) => string
}

export const makeStatements = (dialect: Dialect, shown: string, shape: Shape): Statements => {
  const table = dialect.written(shown, shape)
  const isBare = isKeyless(shape)
  const keyNames = shape.key === "composite" ? ["k", "k2"] : ["k"]
  const cursor = shape.cursor === "id" ? undefined : shape.cursor
  let added = shape.values.length
  let written = 0

  const isValue = ({ name }: Column) => name.startsWith("v")
  const pick = <A>(list: ReadonlyArray<A>, at: number): A | undefined => list[at % list.length]
  const valuesOf = (type: string) =>
    Object.values(dialect.kinds).find((kind) => kind.type === type)?.values ?? ["a", "5", null]
  const typeOf = (columns: ReadonlyArray<Column>, name: string) =>
    columns.find((column) => column.name === name)?.type ?? ""
  const set = (pairs: ReadonlyArray<Assignment>) => pairs.map(([name, sql]) => `${name} = ${sql}`).join(", ")

  /** The key's texts as SQL, one for each of its columns; numbers above 9 are of a bulk load. */
  const keySql = (number: number): ReadonlyArray<string> => {
    const { text } = dialect
    switch (shape.key) {
      case "composite": {
        const second = text(["x", "Y", "é"][number % 3] ?? "")
        return [text(String(number % 4)), number > 9 ? dialect.concat(second, text(String(number))) : second]
      }
      case "uuid":
        return [dialect.uuid(number)]
      case "identity":
        return [text(String(number + 1))]
      // Few values, so that rows are often equal.
      case "none":
      case "nullable":
        return number % 5 === 4 ? ["NULL"] : [text(String(shape.key === "none" ? number % 4 : number))]
      default:
        return [text(dialect.keyText(keyTexts[shape.key][number] ?? String(number + 1000)))]
    }
  }
  const key = (columns: ReadonlyArray<Column>, number: number): ReadonlyArray<Assignment> => {
    const texts = keySql(number)
    return keyNames.map((name, at) => [name, dialect.cast(texts[at] ?? "NULL", typeOf(columns, name))])
  }
  const isKey = (columns: ReadonlyArray<Column>, number: number): string =>
    key(columns, number)
      .map(([name, sql]) => (isBare ? dialect.isSame(name, sql) : `${name} = ${sql}`))
      .join(" AND ")

  const cursorNow = (isNull: boolean): ReadonlyArray<Assignment> =>
    cursor === undefined ? [] : [["c", isNull && shape.isCursorNullable ? "NULL" : dialect.now(cursor, shown)]]

  /** What a write leaves in the columns that are no key. */
  const others = (columns: ReadonlyArray<Column>, value: number, isNull: boolean): ReadonlyArray<Assignment> => [
    ...columns.filter(isValue).map(({ name, type }, at): Assignment => {
      const values = valuesOf(type)
      return [name, dialect.literal(pick(values, value + at * 7) ?? null, type)]
    }),
    ...cursorNow(isNull),
    ...(shape.deletes === "soft" ? [["gone", "NULL"] as const] : []),
    ...(shape.isFiltered ? [["n", String(value % 6)] as const] : []),
    ...(shape.isCounted ? [["rev", String((written += 1))] as const] : []),
  ]

  const insert = (columns: ReadonlyArray<Column>, number: number, value: number, isNull: boolean): string => {
    const own = others(columns, value, isNull)
    const pairs = shape.key === "none" ? [...key(columns, number), ...own] : own
    if (shape.key !== "identity" && shape.key !== "none") return dialect.upsert(table, key(columns, number), pairs)
    if (pairs.length === 0) return dialect.insertDefaults(table)
    return `INSERT INTO ${table} (${pairs.map(([name]) => name).join(", ")}) VALUES (${pairs.map(([, sql]) => sql).join(", ")})`
  }

  /** Of rows that nothing tells apart, one is meant. */
  const which = (condition: string): string => (isBare ? dialect.one(table, condition) : `WHERE ${condition}`)

  const change = (columns: ReadonlyArray<Column>, write: Write): string | undefined => {
    switch (write.do) {
      case "update": {
        const pairs = others(columns, write.value, write.isNull)
        if (shape.key === "identity" || pairs.length === 0) return undefined
        return `UPDATE ${table} SET ${set(pairs)} ${which(isKey(columns, write.key))}`
      }
      case "update quietly": {
        const pairs = others(columns, write.value, false).filter(([name]) => name !== "c" && name !== "n")
        return pairs.length === 0 ? undefined : `UPDATE ${table} SET ${set(pairs)} WHERE ${isKey(columns, write.key)}`
      }
      case "move":
      case "move quietly": {
        if (shape.key === "identity") return undefined
        const moved = [...key(columns, write.to), ...(write.do === "move" ? cursorNow(false) : [])]
        return `UPDATE ${table} SET ${set(moved)} ${which(isKey(columns, write.key))}`
      }
      case "respell": {
        const to = dialect.respelled("k", typeOf(columns, "k"))
        if (to === undefined) return undefined
        const pairs: ReadonlyArray<Assignment> = [["k", to], ...(write.isQuiet ? [] : cursorNow(false))]
        return `UPDATE ${table} SET ${set(pairs)} WHERE ${isKey(columns, write.key)}`
      }
      case "rearrange":
        return dialect.rearrange(write.how, shown, shape)
      case "delete": {
        const some = which(write.keys.map((number) => `(${isKey(columns, number)})`).join(" OR "))
        if (shape.deletes !== "soft") return `DELETE FROM ${table} ${some}`
        if (shape.key === "identity") return undefined
        return `UPDATE ${table} SET ${set([["gone", "now()"], ...cursorNow(false)])} ${some}`
      }
      case "truncate":
        return `TRUNCATE TABLE ${table}`
      case "add column": {
        const { type, values } = dialect.kinds[write.kind]
        const name = `v${added++}`
        return `ALTER TABLE ${table} ADD COLUMN ${name} ${type} DEFAULT ${dialect.literal(pick(values, added) ?? null, type)}`
      }
      case "drop column": {
        const column = pick(columns.filter(isValue), write.column)
        return column === undefined ? undefined : `ALTER TABLE ${table} DROP COLUMN ${column.name}`
      }
      case "change type": {
        const column = pick(columns.filter(isValue), write.column)
        const to = column === undefined ? undefined : pick(dialect.changes[column.type] ?? [], write.column)
        return column === undefined || to === undefined ? undefined : dialect.changeType(table, column.name, to)
      }
      case "change key": {
        if (shape.key === "identity" || isBare) return undefined
        if (shape.key === "composite") return dialect.changeKey(table, added++ % 2 === 0 ? "k2, k" : "k, k2")
        const to = dialect.keyChanges[typeOf(columns, "k")]
        return to === undefined ? undefined : dialect.changeType(table, "k", to)
      }
      case "put":
      case "nest":
        return undefined
    }
  }

  const where = [...(shape.isFiltered ? ["n > 2"] : []), ...(shape.deletes === "soft" ? ["gone IS NULL"] : [])]
  return {
    create: dialect.create(
      shown,
      [
        dialect.keys[shape.key],
        ...(cursor === undefined
          ? []
          : [`c ${dialect.cursors[cursor]} ${shape.isCursorNullable ? "NULL" : "NOT NULL"}`]),
        ...(shape.deletes === "soft" ? [`gone ${dialect.cursors.timestamptz} NULL`] : []),
        ...(shape.isFiltered ? ["n int"] : []),
        ...(shape.isCounted ? ["rev bigint"] : []),
        ...shape.values.map((kind, at) => `v${at} ${dialect.kinds[kind].type} NULL`),
        ...(shape.key === "none" ? [] : [`${isBare ? "UNIQUE" : "PRIMARY KEY"} (${keyNames.join(", ")})`]),
      ],
      shape,
    ),
    fill: (columns) =>
      Array.from({ length: shape.rows }, (_, number) => insert(columns, number, number * 5, number % 3 === 0)),
    write: (columns, write) => {
      if (write.do === "nest") {
        const puts = write.keys.map((number) => insert(columns, number, write.value + number, false))
        const last = { release: ["RELEASE SAVEPOINT nested"], "roll back": ["ROLLBACK TO SAVEPOINT nested"], leave: [] }
        return ["SAVEPOINT nested", ...puts, ...last[write.ends]]
      }
      if (write.do === "put")
        return write.keys.map((number) => insert(columns, number, write.value + number, write.isNull))
      const statement = change(columns, write)
      return statement === undefined ? [] : [statement]
    },
    snapshot: (columns) =>
      `SELECT ${columns.map(dialect.cell).join(", ")} FROM ${shown}${where.length === 0 ? "" : ` WHERE ${where.join(" AND ")}`}`,
  }
}
