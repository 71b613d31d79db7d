import { fromRpc } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { StarbaseContext, StarbaseDataSource, StarbaseHandler } from "../../Starbase.ts"
import { json } from "../answer.ts"
import type { Open, Opened } from "../open.ts"
import { tablesRead } from "./reads.ts"
import { afterHeader, isPosition, leastPosition, positionHeader, shownPosition } from "./positions.ts"
import { freshen, type Wish } from "./freshen.ts"
import { formatLag, lagHeader, maxStalenessHeader, parseStaleness } from "./staleness.ts"
import { type Statement, statementsOf } from "./statements.ts"

/**
 * Stands before StarbaseDB's `/query`. A request with {@link maxStalenessHeader} has the replicated tables that it reads
 * pulled first where they are staler, and its answer tells their lag; one with {@link afterHeader} waits until they have
 * passed a position of the change log that they follow. All others pass untouched. What goes wrong here
 * costs freshness, never the answer.
 */
export const freshness =
  (open: Open): StarbaseHandler =>
  async (context, next) => {
    const asked = context.req.header(maxStalenessHeader)
    const after = context.req.header(afterHeader)
    const dataSource = context.get("dataSource")
    if ((asked === undefined && after === undefined) || dataSource.source === "external") return next()
    const opened = await Effect.runPromise(open(dataSource))
    const loaded = await Effect.runPromiseExit(opened.config)
    if (Exit.isFailure(loaded) || loaded.value.freshness === undefined) return next()
    const maxStaleness = asked === undefined ? undefined : parseStaleness(asked)
    if (asked !== undefined && maxStaleness === undefined) return malformed(asked)
    if (after !== undefined && !isPosition(after)) return noPosition(after)

    const config = loaded.value
    const deadline = Date.now() + loaded.value.freshness.deadline
    const read = await prepare(opened, context, { config, maxStaleness, after, deadline }).catch(() => undefined)
    await next()
    const freshAt = read?.freshAt
    context.header(lagHeader, formatLag(freshAt === undefined ? undefined : Date.now() - freshAt))
    if (read?.position !== undefined) context.header(positionHeader, shownPosition(read.position))
  }

type Asked = Omit<Wish, "names">

/** How far the tables are that a request reads. */
interface Read {
  /** Up to when the stalest one holds everything; undefined where that is not known. */
  readonly freshAt: number | undefined
  /** Up to where the change log of their source is in them, where they follow one. */
  readonly position: string | undefined
}

const prepare = async (opened: Opened, context: StarbaseContext, asked: Asked): Promise<Read | undefined> => {
  const statements = statementsOf(await context.req.raw.clone().json())
  if (statements === undefined) return undefined
  const names = tablesRead(executeIn(opened.dataSource), statements)
  const standings = await Effect.runPromise(Effect.provide(freshen(opened, { ...asked, names }), opened.log))
  const times = standings.map(({ freshAt }) => freshAt)
  // Where nothing is read that is replicated, it is no copy of anything and never behind.
  const isUnknown = times.some((time) => time === undefined)
  return {
    freshAt: isUnknown ? undefined : Math.min(...times.filter((time) => time !== undefined)),
    position: leastPosition(standings),
  }
}

/** Runs statements with a reader's own parameters. */
const executeIn = ({ rpc }: StarbaseDataSource) => {
  const execute = fromRpc(rpc)
  return ({ sql, params }: Statement) => execute(sql, params as ReadonlyArray<string | null>)
}

const malformed = (asked: string): Response => {
  const error = `${maxStalenessHeader} must be a duration such as "5s", "500ms" or "1 minute", not ${JSON.stringify(asked)}.`
  return json(400, { error })
}

const noPosition = (asked: string): Response => {
  const error = `${afterHeader} must be a position such as "0/16B3748" (PostgreSQL), "0-1-42" (MariaDB) or "…-…:1-42" (MySQL), not ${JSON.stringify(asked)}.`
  return json(400, { error })
}
