import {
  type Column,
  ConnectorError,
  keyIdentity,
  type Page,
  type LookupRequest,
  type ReadRequest,
  type Row,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Pages } from "./pages.ts"
import { type Asked, splitKeys } from "./request.ts"
import { picker } from "./rows.ts"
import type { Target } from "./target.ts"

/** So many bytes of values are asked for at a time. */
const lookupBytes = 2_000_000

/**
 * Reads rows by their keys. A row whose key the source holds for equal and spells otherwise, as citext does, is not the
 * one that was asked for. A key that the API does not answer is absent only where row level security hides nothing
 * from the API key, so without that a look-up of a row that is not there fails.
 */
export const lookUp = Effect.fnUntraced(function* (
  pages: Pages,
  target: Target,
  { table, columns, where, key, keys }: LookupRequest,
): Effect.fn.Return<ReadonlyArray<Row>, ConnectorError> {
  const asked: Asked = { table, columns, where, order: key, limit: keys.length }
  const rows: Array<Row> = []
  const keyColumns = key.flatMap((name) => columns.find((column) => column.name === name) ?? [])
  const identityOf = (values: Row) => keyIdentity(keyColumns, values)
  const pick = picker(columns, key)
  for (const part of splitKeys(target.url, asked, keys)) {
    const wanted = new Set(part.map(identityOf))
    const found = (yield* readAll(pages, { ...asked, keys: part })).filter((row) => wanted.has(identityOf(pick(row))))
    if (found.length < part.length && !target.seesAllRows) return yield* unproven()
    rows.push(...found)
  }
  return rows
})

/** Reads on until all keys are found or the API has no more: its own cap may be below the number of keys. */
const readAll = Effect.fnUntraced(function* (
  pages: Pages,
  asked: Asked & { readonly keys: ReadonlyArray<ReadonlyArray<string>> },
): Effect.fn.Return<ReadonlyArray<Row>, ConnectorError> {
  const rows: Array<Row> = []
  let after: ReadonlyArray<string> | undefined
  while (rows.length < asked.keys.length) {
    const page: Page = yield* pages.read({ ...asked, after }, lookupBytes)
    rows.push(...(yield* page.rows))
    if (page.done) break
    after = page.last
  }
  return rows
})

const secretHint =
  "Use a secret key (sb_secret_…), which sees every row, or promise with seesAllRows that this one does."

/** The failure of what would delete rows without a proof that they are gone. */
export const noProof = (message: string): ConnectorError =>
  new ConnectorError({ code: "forbidden", message, hint: secretHint })

const unproven = (): ConnectorError =>
  new ConnectorError({
    code: "forbidden",
    message:
      "Rows are missing, but row level security may only hide them from this key: that they are gone is no proof",
    hint: `${secretHint} Without either, set "deletes": "ignore" for the table.`,
  })

/**
 * Reads a page. Where row level security binds the key, an end is believed only while the key still sees any row of the
 * table: a policy that closes in the middle of a sweep looks like the end, and what the sweep missed would stay missed.
 */
export const readPage = Effect.fnUntraced(function* (
  pages: Pages,
  target: Target,
  { maxBytes, ...asked }: ReadRequest,
): Effect.fn.Return<Page, ConnectorError> {
  const page = yield* pages.read(asked, maxBytes)
  if (!page.done || target.seesAllRows || asked.after === undefined) return page
  const first: Column | undefined = asked.columns.find(({ name }) => name === asked.order[0])
  if (first === undefined || (yield* pages.any(asked.table, first))) return page
  return yield* new ConnectorError({
    code: "forbidden",
    message:
      "The key has seen rows of this table and sees none any more: all are deleted, or row level security hides them",
    hint: secretHint,
  })
})
