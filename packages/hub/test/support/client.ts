import type { SqliteObject } from "@starbase-replication/test-servers"
import * as Schema from "effect/Schema"
import { answerFeed, type Identity } from "../../src/index.ts"
import { answers, type AnswerTo, type FeedAnswer, type FeedRequest } from "../../src/protocol.ts"

type Row = ReadonlyArray<string | null>

/** A failure that the next step heals. */
export class Refused extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Asks a hub and decodes what it answers; `see` is shown every answer first. */
export const asking =
  (execute: SqliteObject["execute"], identity: Identity, see: (answer: FeedAnswer) => void = () => undefined) =>
  async <Request extends FeedRequest>(request: Request): Promise<AnswerTo<Request["method"]>> => {
    const answer = await answerFeed(execute, identity, request)
    see(answer)
    if ("failure" in answer) throw new Refused(answer.failure.code, answer.failure.message)
    const schema = answers[request.method] as unknown as Schema.Codec<AnswerTo<Request["method"]>, unknown>
    return Schema.decodeUnknownSync(schema)(answer.answer)
  }

/** The least that replicates: each table loaded by pages, then kept by the log, and loaded anew where that says nothing. */
export class Replica {
  readonly ask: ReturnType<typeof asking>
  readonly tables = new Map<string, { readonly generation: string; readonly rows: Map<string, Row> }>()
  at: { epoch: string; seq: number } | undefined

  constructor(ask: ReturnType<typeof asking>) {
    this.ask = ask
  }

  /** Comes to where the hub is. */
  async step(): Promise<void> {
    const hello = await this.ask({ method: "hello" })
    const isLost = this.at?.epoch !== hello.epoch || this.at.seq < hello.trimmed || this.at.seq > hello.seq
    if (isLost) this.tables.clear()
    if (isLost || this.at === undefined) this.at = { epoch: hello.epoch, seq: hello.seq }
    for (const [name, { generation }] of this.tables) {
      if (!hello.tables.some((table) => table.name === name && table.generation === generation))
        this.tables.delete(name)
    }
    for (const table of hello.tables) {
      if (!this.tables.has(table.name)) await this.load(table)
    }
    const { seq } = await this.ask({ method: "hello" })
    await this.follow(hello.tables, seq)
  }

  async load({ name, generation, columns, key }: AnswerTo<"hello">["tables"][number]): Promise<void> {
    const rows = new Map<string, Row>()
    let after: ReadonlyArray<string> | undefined
    for (;;) {
      const page: AnswerTo<"read"> = await this.ask({
        method: "read",
        table: name,
        generation,
        columns: columns.map((column) => column.name),
        where: [],
        order: key,
        ...(after === undefined ? {} : { after }),
        limit: 7,
        maxBytes: 1_000_000,
      })
      for (const row of page.rows) rows.set(String(row[0]), row)
      after = [String(page.rows.at(-1)?.[0])]
      if (page.done) break
    }
    this.tables.set(name, { generation, rows })
  }

  async follow(tables: AnswerTo<"hello">["tables"], until: number): Promise<void> {
    const { epoch, seq } = this.at ?? { epoch: "", seq: 0 }
    const asked = tables.map(({ name, generation, columns }) => ({
      table: name,
      generation,
      columns: columns.map((column) => column.name),
    }))
    let since = seq
    let skip = 0
    for (;;) {
      const found = await this.ask({ method: "changes", epoch, since, until, skip, tables: asked })
      if (found.lost) throw new Refused("source-busy", "the log is lost")
      for (const [, at, , key, row] of found.changes) {
        const { rows } = this.tables.get(asked[at]?.table ?? "") ?? {}
        if (row === null) rows?.delete(String(key[0]))
        else rows?.set(String(key[0]), row)
      }
      if (!found.left || found.last === null) break
      since = found.last[0] - 1
      skip = found.last[1]
    }
    this.at = { epoch, seq: until }
  }
}
