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
  return {
    source: open(),
    secrets: [password],
    tables: {
      schema,
      kinds,
      uniqueIndexes: true,
      keyOrder: true,
      create: async (table) => {
        database.create(table)
      },
      createView: async (name, of) => {
        database.create({ ...of, name }, of.name)
      },
      shorten: async (name, column) => {
        const stored = database.stored(name)
        const columns = stored.table.columns.map((one) =>
          one.name === column ? { ...one, type: { declared: "text(50)" } } : one,
        )
        database.tables.set(name, { ...stored, table: { ...stored.table, columns } })
      },
      insert,
      update: async (table, first, changes) => database.update(table, first, changes),
      delete: async (table, first) => {
        const stored = database.stored(table.name)
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
          writes.push(() => database.insert(table, rows, id))
        },
        commit: async () => {
          database.open.get(id)?.()
          database.open.delete(id)
        },
      }
    },
  }
}
