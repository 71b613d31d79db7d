import { type SourceHarness, without } from "../../src/index.ts"
import type { Flaws, Settings } from "./connection.ts"
import { kinds } from "./database.ts"
import { slowTable, type ToyServer } from "./server.ts"
import { type Change, schema, toySource } from "./source.ts"

/** What is wrong with a toy; nothing, without more. */
export interface Toy {
  readonly flaws?: Flaws
  readonly change?: Change
}

/** The harness of a toy, or of one that something is wrong with. */
export const toyHarness = (server: ToyServer, { flaws, change }: Toy = {}): SourceHarness => {
  const { database, host, port, password } = server
  const open = (more: Partial<Settings> = {}) =>
    toySource({ host, port, password, database: "toys", timeoutMillis: 20_000, ...more }, flaws, change)
  const insert: SourceHarness["tables"]["insert"] = async (table, rows) => database.insert(table, rows)
  const rowsOf = (name: string) => {
    const stored = database.tables.get(name)
    if (stored === undefined) throw new Error(`no table ${name}`)
    return stored
  }
  return {
    source: open(),
    secrets: [password],
    tables: {
      schema,
      kinds,
      uniqueIndexes: true,
      keyOrder: true,
      create: async (table) => {
        database.tables.set(table.name, { table, viewOf: undefined, rows: [] })
      },
      createView: async (name, of) => {
        database.tables.set(name, { table: { ...of, name }, viewOf: of.name, rows: [] })
      },
      shorten: async (name, column) => {
        const stored = rowsOf(name)
        const columns = stored.table.columns.map((one) =>
          one.name === column ? { ...one, type: { declared: "text(50)" } } : one,
        )
        database.tables.set(name, { ...stored, table: { ...stored.table, columns } })
      },
      insert,
      update: async (table, first, changes) => {
        const stored = rowsOf(table.name)
        stored.rows = stored.rows.map((row) =>
          row[0] === first
            ? table.columns.map(
                ({ name }, place) => (Object.hasOwn(changes, name) ? changes[name] : row[place]) ?? null,
              )
            : row,
        )
      },
      delete: async (table, first) => {
        const stored = rowsOf(table.name)
        stored.rows = stored.rows.filter((row) => row[0] !== first)
      },
      drop: async (name) => {
        database.tables.delete(name)
      },
    },
    types: [
      [
        "moment",
        "timestamptz",
        [
          ["2024-01-01 00:00:00.5", "2024-01-01T00:00:00.500000Z"],
          ["2024-07-01 12:00:00.123456", "2024-07-01T12:00:00.123456Z"],
        ],
      ],
      [
        "bytes",
        "blob",
        [
          ["0xFF", "ff"],
          ["0x", ""],
        ],
      ],
      ["counter", "integer", ["1", "2", "9007199254740993"]],
      ["loose", "text", ["", "1", "b"]],
      ["sealed", "text", ["a", "b"], without("the toy cannot tell rows apart by it")],
    ],
    network: {
      host,
      port,
      connections: "own",
      open: ({ host, port, timeoutMillis }) =>
        open({ host, port, ...(timeoutMillis === undefined ? {} : { timeoutMillis }) }),
    },
    wrongPassword: open({ password: "wrong" }),
    wrongDatabase: open({ database: "gone" }),
    forbid: async ({ name }) => {
      database.forbidden.add(name)
    },
    slow: { table: { schema, name: slowTable }, source: open({ timeoutMillis: 100 }) },
    begin: async () => {
      const id = database.nextId++
      const writes: Array<() => void> = []
      database.open.set(id, () => writes.forEach((write) => write()))
      return {
        insert: async (table, rows) => {
          writes.push(() => database.insert(table, rows))
        },
        commit: async () => {
          database.open.get(id)?.()
          database.open.delete(id)
        },
      }
    },
  }
}
