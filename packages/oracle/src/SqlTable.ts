import type { TcpProxy } from "@starbase-replication/test-servers"
import type { Column, Dialect } from "./Dialect.ts"
import { added, isLeftOut } from "./Dress.ts"
import type { FaultMaker } from "./PassedSource.ts"
import type { Sessions } from "./Sessions.ts"
import { isKeyless, type Shape } from "./Shape.ts"
import { masked } from "./Masks.ts"
import { type Cell, makeSnapshot, type Snapshot } from "./Snapshot.ts"
import { makeStatements } from "./Statements.ts"
import type { SubjectTable } from "./Subject.ts"

/** A server of SQL, and the proxy through which the replicator reaches it or what stands before it. */
export interface SqlServer {
  readonly dialect: Dialect
  readonly sessions: Sessions
  readonly proxy: TcpProxy
  readonly entry: SubjectTable["entry"]
  /** The statement that gives a table's columns: name and type of each, in their order. */
  readonly columns: (table: string) => string
  /** The statement that tells which table has a name, where another may take it. */
  readonly which?: (table: string) => string
  /** Called once a table is there or has other columns. */
  readonly changed: () => Promise<void>
  /** Waits, after whatever was done, until the server that is replicated shows it, where it is not the one that is written. */
  readonly shown?: () => Promise<void>
}

/** Makes a table for a history. */
export const openTable = async (server: SqlServer, table: string, shape: Shape): Promise<SubjectTable> => {
  const { dialect, sessions, proxy, entry, changed, which, shown = async () => {} } = server
  const statements = makeStatements(dialect, table, shape)
  const readColumns = async (): Promise<ReadonlyArray<Column>> =>
    ((await sessions.rows(server.columns(table))) ?? []).map(([name, type]) => ({ name: name ?? "", type: type ?? "" }))
  await sessions.run(0, statements.create)
  let columns = await readColumns()
  let last: Snapshot = makeSnapshot([], [])
  if (shape.rows > 0) await sessions.run(0, statements.fill(columns).join(";"))
  await changed()
  await shown()
  return {
    name: table,
    entry,
    write: async (session, write) => {
      const list = statements.write(columns, write)
      // A savepoint needs a transaction around it.
      const isNested = write.do === "nest" && session === 0
      const sql = (isNested ? ["START TRANSACTION", ...list, "COMMIT"] : list).join(";")
      if (list.length === 0) return
      const isDone = await sessions.run(session, sql)
      await shown()
      if (!isDone || !/\bALTER\b/.test(sql)) return
      columns = await readColumns()
      await changed()
    },
    end: async (session, how) => {
      await sessions.end(session, how)
      await shown()
    },
    snapshot: async () => {
      const replicated = columns.filter(({ name }) => !isLeftOut(shape, name))
      const rows = await sessions.rows(statements.snapshot(replicated))
      // A table that is locked is as it was.
      const [[of] = []] = (which && (await sessions.rows(which(table)))) ?? []
      if (rows !== undefined) last = { ...snapshotOf(shape, replicated, rows), of: of?.slice(2) }
      return last
    },
    faults: faultMaker(server, table),
    close: async () => {
      proxy.heal()
      proxy.cut()
      await sessions.rollBackAll()
      await sessions.run(0, dialect.drop(table))
    },
  }
}

/** The rows as the replica must have them: with masks, and with the columns that it has beside. */
const snapshotOf = (
  shape: Shape,
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
): Snapshot => {
  const names = columns.map(({ name }) => name)
  const more = (cells: ReadonlyArray<Cell>) => added(shape, new Map(names.map((name, at) => [name, cells[at] ?? null])))
  return makeSnapshot(
    [...names, ...more([]).keys()],
    rows.map((cells) => [...cells.map((cell, at) => masked(shape, names[at] ?? "", cell)), ...more(cells).values()]),
    !isKeyless(shape),
  )
}

/** Faults of the network, and a table that somebody has locked. */
const faultMaker = ({ sessions, proxy, shown }: SqlServer, table: string): FaultMaker => {
  let isLocked = false
  return {
    begin: async (fault) => {
      if (fault.kind === "cut") proxy.cutAfter(fault.bytes)
      else if (fault.kind === "refuse") {
        proxy.refuse()
        proxy.cut()
      } else if (fault.kind === "lock") {
        isLocked = await sessions.lock(table)
        await shown?.()
      }
    },
    end: async () => {
      if (isLocked) {
        await sessions.unlock()
        await shown?.()
      }
      isLocked = false
      proxy.heal()
    },
  }
}
