import type { Dialect } from "./dialects.ts"
import type { Given, NewColumn, NewTable, Tables } from "./Tables.ts"
import { isOffered } from "./Without.ts"

/** What {@link sqlTables} needs to know. */
export interface SqlTablesOptions {
  /** Runs one statement, as a user who may make tables. */
  readonly execute: (sql: string) => Promise<unknown>
  readonly schema?: string
  /** Called once a table or view was made, for what a server needs before it can be read: a grant, a reload. */
  readonly made?: (name: string) => Promise<unknown>
}

/** Statements stay below this many characters: Durable Objects take no more than 100,000. */
const maxStatement = 80_000

/** Tables at a source that speaks SQL. */
export const sqlTables = (dialect: Dialect, { execute, schema, made }: SqlTablesOptions): Tables => {
  const { quote, kinds, shorten } = dialect
  const named = (name: string) => (schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`)

  const declared = ({ name, type, nullable }: NewColumn): string => {
    const kind = typeof type === "string" ? kinds[type] : type
    if (!isOffered(kind)) throw new Error(`no column of this type can be made: ${kind.without}`)
    return `${quote(name)} ${kind.declared}${nullable === true ? " NULL" : " NOT NULL"}`
  }
  const literal = (type: NewColumn["type"], value: Given): string => {
    if (value === null) return "NULL"
    if (typeof value === "object") return value.expression
    return dialect.literal(value, typeof type === "string" ? type : undefined)
  }
  const first = (table: NewTable, value: string): string => {
    const [column] = table.columns
    return column === undefined ? "1 = 0" : `${quote(column.name)} = ${literal(column.type, value)}`
  }
  const flush = (table: NewTable, rows: ReadonlyArray<string>) =>
    rows.length === 0
      ? Promise.resolve()
      : execute(
          `INSERT INTO ${named(table.name)} (${table.columns.map(({ name }) => quote(name)).join(", ")}) VALUES ${rows.join(", ")}`,
        )

  return {
    schema,
    kinds,
    uniqueIndexes: true,
    keyOrder: true,
    create: async (table) => {
      const lines = table.columns.map(declared)
      if (table.key !== undefined) lines.push(`PRIMARY KEY (${table.key.map(quote).join(", ")})`)
      if (table.unique !== undefined) lines.push(`UNIQUE (${table.unique.map(quote).join(", ")})`)
      await execute(`CREATE TABLE ${named(table.name)} (${lines.join(", ")})`)
      await made?.(table.name)
    },
    createView: async (name, of) => {
      await execute(`CREATE VIEW ${named(name)} AS SELECT * FROM ${named(of.name)}`)
      await made?.(name)
    },
    shorten: isOffered(shorten)
      ? async (table, column) => {
          await execute(shorten(named(table), quote(column)))
        }
      : shorten,
    insert: async (table, rows) => {
      let pending: Array<string> = []
      let size = 0
      for (const row of rows) {
        const values = table.columns.map(({ type }, place) => literal(type, row[place] ?? null))
        const text = `(${values.join(", ")})`
        if (size > 0 && size + text.length > maxStatement) {
          await flush(table, pending)
          pending = []
          size = 0
        }
        pending.push(text)
        size += text.length
      }
      await flush(table, pending)
    },
    update: async (table, value, changes) => {
      const set = table.columns
        .filter(({ name }) => Object.hasOwn(changes, name))
        .map(({ name, type }) => `${quote(name)} = ${literal(type, changes[name] ?? null)}`)
      await execute(`UPDATE ${named(table.name)} SET ${set.join(", ")} WHERE ${first(table, value)}`)
    },
    delete: async (table, value) => {
      await execute(`DELETE FROM ${named(table.name)} WHERE ${first(table, value)}`)
    },
    drop: async (name, kind) => {
      await execute(`DROP ${kind.toUpperCase()} IF EXISTS ${named(name)}`)
    },
  }
}
