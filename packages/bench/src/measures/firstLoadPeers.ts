import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Postgres } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresFloor } from "../lib/floors.ts"
import { findProgram, needPrograms, shell } from "../lib/programs.ts"
import { startSource } from "../lib/source.ts"
import { type BenchTable, mixed } from "../lib/tables.ts"
import { median, medianRatio, paired, timed } from "../lib/timing.ts"

const dltScript = join(import.meta.dirname, "../../fixtures/dlt_load.py")

interface Peer {
  readonly name: string
  /** The command that loads the table into a SQLite file. */
  readonly command: (file: string, table: BenchTable, program: string) => Promise<string>
  /** Where it puts the table. */
  readonly loaded: (file: string, table: BenchTable) => { readonly file: string; readonly table: string }
}

/** The source's address is in SOURCE_URL. */
const peers: ReadonlyArray<Peer> = [
  {
    name: "dlt",
    // The command's first line names the Python that has it.
    command: async (file, table, program) => {
      const [first = ""] = (await readFile(program, "utf8")).split("\n")
      return `${first.replace(/^#!/, "")} ${dltScript} ${file} ${table.kind}`
    },
    // It keeps each dataset in a file of its own beside the one that it is given.
    loaded: (file, table) => ({ file: file.replace(/\.sqlite$/, "__bench.sqlite"), table: table.kind }),
  },
  {
    name: "sling",
    command: async (file, table, program) =>
      `${program} run --src-conn "$SOURCE_URL" --src-stream public.${table.kind} --tgt-conn sqlite://${file}` +
      ` --tgt-object main.${table.kind} --mode full-refresh`,
    loaded: (file, table) => ({ file, table: table.kind }),
  },
]

/** They load a fifth of what is loaded here, because they take minutes for all of it. */
const share = 5

/** Loads from PostgreSQL with other tools where that is asked for and they are installed, beside the floor. */
export const firstLoadPeers = async (options: Options, report: Report): Promise<void> => {
  if (!options.peers) return
  await needPrograms("bash", "psql", "sqlite3")
  const table = mixed(Math.ceil(options.rows / share))
  const server = await startSource()
  try {
    await server.query(table.postgres)
    // Not every tool takes every password.
    await server.query("CREATE ROLE peer LOGIN PASSWORD 'peer'; GRANT SELECT ON mixed TO peer")
    await server.query("VACUUM ANALYZE mixed")
    for (const peer of peers) {
      const program = await findProgram(peer.name)
      if (program === undefined) {
        report.note(`${peer.name} is not on the PATH, and is left out`)
        continue
      }
      report.note(`first load: PostgreSQL, ${table.rows} rows, ${table.label}, with ${peer.name}`)
      const seconds = await paired(Math.min(options.runs, 3), {
        floor: async () => (await postgresFloor(server, table)).seconds,
        theirs: () => loadWith(peer, program, server, table),
      })
      const rates = (of: ReadonlyArray<number>) => of.map((second) => table.rows / second)
      const runs = rates(seconds.theirs)
      report.add({
        id: `first-load/postgres/mixed/${peer.name}`,
        label: `first load, PostgreSQL, ${table.label}: ${peer.name}, to a SQLite file`,
        value: median(runs),
        unit: "rows/s",
        runs,
        against: { label: "COPY | sqlite3 .import", ratio: medianRatio(runs, rates(seconds.floor)) },
      })
    }
  } finally {
    await server.stop()
  }
}

const loadWith = async (peer: Peer, program: string, server: Postgres, table: BenchTable): Promise<number> => {
  const directory = await mkdtemp(join(tmpdir(), "bench-peer-"))
  try {
    const file = join(directory, "peer.sqlite")
    const command = await peer.command(file, table, program)
    const { database, host, port } = server
    const env = { HOME: directory, SOURCE_URL: `postgres://peer:peer@${host}:${port}/${database}?sslmode=disable` }
    const seconds = await timed(() => shell(command, env))
    const loaded = peer.loaded(file, table)
    const rows = Number((await shell(`sqlite3 ${loaded.file} "SELECT count(*) FROM ${loaded.table}"`)).output)
    if (rows !== table.rows) throw new Error(`${peer.name} brought ${rows} of ${table.rows} rows.`)
    return seconds
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
