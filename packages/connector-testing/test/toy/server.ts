import type { Row } from "@starbase-replication/core/source"
import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { Refusal, type Selection, ToyDatabase } from "./database.ts"
import { onLines } from "./lines.ts"

/** What the toy's server is asked, a line of JSON each. */
export type Question =
  | { readonly ask: "login"; readonly password: string; readonly database: string }
  | { readonly ask: "list" }
  | { readonly ask: "describe"; readonly names: ReadonlyArray<string> }
  | Select
  | { readonly ask: "together"; readonly selects: ReadonlyArray<Select> }
  | { readonly ask: "transactions" }

export interface Select extends Selection {
  readonly ask: "select"
  readonly limit: number
  readonly maxBytes: number
  readonly descending?: true
}

/** What it answers: rows, a line each, and then how it ended. */
export type Line =
  | { readonly row: ReadonlyArray<unknown> }
  | { readonly end: true; readonly more: boolean }
  | { readonly refused: Refusal["reason"] | "password" | "database"; readonly what: string }

/** A server that runs. */
export interface ToyServer {
  readonly database: ToyDatabase
  readonly host: string
  readonly port: number
  readonly password: string
  readonly stop: () => Promise<void>
}

/** A table of this name is never answered for. */
export const slowTable = "slow"

/** Starts a server of tables in memory. */
export const startToyServer = async (): Promise<ToyServer> => {
  const database = new ToyDatabase()
  const password = `toy's secret & "word"`
  database.create({ name: slowTable, columns: [{ name: "id", type: "integer" }], key: ["id"] })
  const sockets = new Set<Socket>()

  const pageOf = (select: Select) => {
    const found = database.select(select)
    const all = select.descending === true ? found.toReversed() : found
    const rows: Array<Row> = []
    let bytes = 0
    for (const row of all) {
      if (rows.length === select.limit || bytes >= select.maxBytes) break
      bytes += row.reduce((size, value) => size + (value?.length ?? 0), 0)
      rows.push(row)
    }
    return { rows, more: rows.length < all.length }
  }

  const answer = (question: Question, say: (line: Line) => void): void => {
    switch (question.ask) {
      case "login":
        if (question.password !== password) return say({ refused: "password", what: "the password is wrong" })
        if (question.database !== "toys") return say({ refused: "database", what: `no database ${question.database}` })
        return say({ end: true, more: false })
      case "list":
        for (const name of database.tables.keys()) say({ row: [name] })
        return say({ end: true, more: false })
      case "describe":
        for (const name of question.names) {
          const found = database.tables.get(name)
          const told = found && { ...found.table, isView: found.viewOf !== undefined, part: found.part }
          say({ row: [told ?? null] })
        }
        return say({ end: true, more: false })
      case "select": {
        if (question.table === slowTable) return
        const { rows, more } = pageOf(question)
        rows.forEach((row) => say({ row }))
        return say({ end: true, more })
      }
      case "together":
        for (const select of question.selects) say({ row: [orNull(() => pageOf(select))] })
        return say({ end: true, more: false })
      case "transactions":
        say({ row: [String(database.nextId), ...[...database.open.keys()].map(String)] })
        return say({ end: true, more: false })
    }
  }

  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on("error", () => socket.destroy())
    socket.on("close", () => sockets.delete(socket))
    onLines(socket, (text) => {
      const say = (line: Line) => void socket.write(`${JSON.stringify(line)}\n`)
      socket.cork()
      try {
        answer(JSON.parse(text), say)
      } catch (error) {
        if (error instanceof Refusal) say({ refused: error.reason, what: error.message })
      }
      socket.uncork()
    })
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")
  return {
    database,
    host: "127.0.0.1",
    port: (listener.address() as AddressInfo).port,
    password,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, "close")
    },
  }
}

/** What the toy refuses is null. */
const orNull = <A>(ask: () => A): A | null => {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}
