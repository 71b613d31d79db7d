import {
  ConnectorError,
  formatTableName,
  type LogMessage,
  type LogRequest,
  type LogRow,
} from "@starbase-replication/core/source"
import { traitsOf } from "../traits.ts"
import { type Convert, toCanonical } from "../values.ts"
import type { Message, OldRow, RelationColumn, Told } from "./decode.ts"
import { lsnText } from "./lsn.ts"

/** How the rows of a relation become those of a table that was asked for. */
interface Relation {
  readonly table: number
  /** Of each wanted column, its place among the relation's; undefined where it has none of the name. */
  readonly places: ReadonlyArray<number | undefined>
  readonly converts: ReadonlyArray<Convert | undefined>
  readonly isAsDescribed: boolean
  /** The places of the key among the wanted columns. */
  readonly keyAt: ReadonlyArray<number>
  readonly name: string
}

/** The types and modifiers of a table's columns as they are now, by their names. */
export type ColumnTypes = ReadonlyMap<string, { readonly type: number; readonly modifier: number }>

/**
 * Makes the function that turns messages into those of core. What each relation's columns are comes with the log; where they
 * are others than those that the catalog has now, the values may be of another form than a read gives.
 */
export const makeTranslate = (
  { tables }: LogRequest,
  typesOf: (table: string) => ColumnTypes | undefined,
  /** What a text is that may be none. */
  checked: (text: string) => string,
) => {
  const places = new Map(tables.map(({ table }, place) => [formatTableName(table.name), place]))
  const relations = new Map<number, Relation | undefined>()

  const relationOf = (schema: string, name: string, columns: ReadonlyArray<RelationColumn>): Relation | undefined => {
    const known = formatTableName({ schema, name })
    const table = places.get(known)
    const asked = table === undefined ? undefined : tables[table]
    if (table === undefined || asked === undefined) return undefined
    const types = typesOf(known)
    const sent = new Map(columns.map((column, place) => [column.name, { ...column, place }]))
    return {
      table,
      name: known,
      keyAt: asked.key.map((key) => asked.columns.findIndex((column) => column.name === key)),
      places: asked.columns.map((column) => sent.get(column.name)?.place),
      converts: asked.columns.map((column) =>
        toCanonical(column.sourceType, traitsOf(asked.table, column.name)?.delimiter ?? undefined),
      ),
      isAsDescribed: asked.columns.every(({ name: column }) => {
        const [is, was] = [types?.get(column), sent.get(column)]
        return is !== undefined && was !== undefined && is.type === was.type && is.modifier === was.modifier
      }),
    }
  }

  const toRow = ({ places: from, converts }: Relation, values: ReadonlyArray<Told>): LogRow =>
    from.map((place, at) => {
      const value = place === undefined ? undefined : values[place]
      if (value === null || value === undefined) return value
      const text = checked(value)
      return converts[at]?.(text) ?? text
    })

  /** Of a row that is not whole, the columns that are no part of its identity are null. */
  const toOld = (relation: Relation, old: OldRow | undefined): LogRow | undefined => {
    if (old === undefined) return undefined
    const row = toRow(relation, old.values)
    return old.isWhole ? row : row.map((value) => value ?? undefined)
  }

  return (message: Message, place: number): LogMessage | ConnectorError | undefined => {
    switch (message.kind) {
      case "begin":
        return { kind: "begin", at: lsnText(message.final), transaction: String(message.transaction), place }
      case "commit":
        return { kind: "commit", end: lsnText(message.end) }
      case "relation":
        relations.set(message.id, relationOf(message.schema, message.name, message.columns))
        return undefined
      case "truncate": {
        const emptied = message.ids.flatMap((id) => relations.get(id)?.table ?? [])
        return emptied.length === 0 ? undefined : { kind: "truncate", tables: emptied, place }
      }
      case "other":
        return undefined
      default: {
        const relation = relations.get(message.id)
        if (relation === undefined) return undefined
        const { table, isAsDescribed } = relation
        const old = "old" in message ? toOld(relation, message.old) : undefined
        const told = "now" in message ? toRow(relation, message.now) : old
        if (message.isCut && relation.keyAt.some((at) => told?.[at] === undefined)) return unknown(relation)
        const whole = "old" in message && message.old?.isWhole === true ? old : undefined
        // A row that came whole as it was has the values that are as they were.
        const now = "now" in message ? told?.map((value, at) => (value === undefined ? whole?.[at] : value)) : undefined
        return { kind: "change", table, old, now, isAsDescribed: isAsDescribed && !message.isCut, place }
      }
    }
  }
}

/** Of a change that is larger than what is read of one, the key stands where it was cut. */
const unknown = ({ name }: Relation): ConnectorError =>
  new ConnectorError({
    code: "log-unusable",
    message: `A change of ${name} is larger than what is read of one, and columns of its key come after those that are large.`,
    table: name,
    hint: `Publish only the columns that the replica needs: ALTER PUBLICATION … SET TABLE ${name} (…);`,
  })
