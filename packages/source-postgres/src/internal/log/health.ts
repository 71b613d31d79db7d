import { ConnectorError, formatTableName, type LoggedTable, type LogStanding } from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isMoney, quote, uncached } from "../sql.ts"
import type { ColumnTypes } from "./relations.ts"

/** What is asked for: slot and publication by their names. */
export interface LogNames {
  readonly slot: string
  readonly publication: string
}

const flushed = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END"

/** What schema a table is published with; that catalog is of PostgreSQL 15 and later, so that it is asked by a text. */
const bySchema = `CASE WHEN r.oid IS NULL AND NOT p.puballtables
          AND to_regclass('pg_catalog.pg_publication_namespace') IS NOT NULL
        THEN md5(query_to_xml(format('SELECT oid, xmin FROM pg_catalog.pg_publication_namespace WHERE pnpubid = %s AND pnnspid = %s',
          p.oid, c.relnamespace), false, false, '')::text) END`

/** The columns that tell rows of the relation `l` apart: of an index that cannot be deferred, or all. */
const identityOf = `CASE l.relreplident WHEN 'f' THEN '*' WHEN 'n' THEN NULL ELSE (
          SELECT string_agg(quote_ident(a.attname), ',' ORDER BY a.attname)
          FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
          WHERE i.indrelid = l.oid AND i.indisvalid AND i.indimmediate
            AND CASE l.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END) END`

/**
 * Whether the relation `l` may have come into the table `b` with rows. What is made as a partition has its place in the same
 * statement as its type, three commands later in all versions; any other was there before, be it in the same transaction.
 */
const isAttached = `l.oid <> b.oid AND EXISTS (
                SELECT FROM pg_partition_ancestors(l.oid) n JOIN pg_class k ON k.oid = n.relid
                JOIN pg_inherits i ON i.inhrelid = k.oid JOIN pg_type y ON y.oid = k.reltype WHERE i.xmin <> y.xmin OR i.cmin::text::int - y.cmin::text::int > 5)`

/**
 * One row that tells all: the server, the slot, the publication, and each published table. A publication is asked about even
 * where there is none: PostgreSQL 18 would silently give no changes of one that is missing.
 */
export const healthStatement = ({ slot, publication }: LogNames): Statement => ({
  text: `
    WITH published AS (
      SELECT t.schemaname, t.tablename, c.oid, c.relkind, r.oid AS member, r.xmin AS since, r.prqual_columns,
        to_jsonb(t)->>'rowfilter' AS filter, to_jsonb(t)->'attnames' AS listed, ${bySchema} AS schema_member,
        to_jsonb(p)->>'pubgencols' = 's' AS has_generated
      FROM pg_publication p
      JOIN pg_publication_tables t ON t.pubname = p.pubname
      JOIN pg_namespace n ON n.nspname = t.schemaname
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
      LEFT JOIN LATERAL (
        SELECT x.oid, x.xmin, x.prrelid, (
            SELECT array_agg(m[1]::int2) FROM regexp_matches(to_jsonb(x)->>'prqual', ':varattno (\\d+)', 'g') AS m
          ) AS prqual_columns
        FROM pg_publication_rel x WHERE x.prpubid = p.oid AND x.prrelid = c.oid
      ) r ON true
      WHERE p.pubname = $2
    )
    SELECT json_build_object(
      'level', current_setting('wal_level'),
      'end', (${flushed})::text,
      'mayRead', (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user)
        OR coalesce((SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = 'rds_replication'), false),
      'user', current_user,
      'slot', (SELECT json_build_object('plugin', s.plugin, 'isHere', s.database = current_database(),
          'isActive', s.active, 'keeping', coalesce(s.wal_status, CASE WHEN s.restart_lsn IS NULL THEN 'lost' ELSE 'reserved' END),
          'safe', s.safe_wal_size::text,
          'kept', s.confirmed_flush_lsn::text, 'held', pg_wal_lsn_diff(${flushed}, s.restart_lsn)::text)
        FROM pg_replication_slots s WHERE s.slot_name = $1),
      'publication', (SELECT json_build_object('member', concat_ws('.', p.oid, p.xmin),
          'isWhole', p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate, 'updates', p.pubupdate, 'deletes', p.pubdelete)
        FROM pg_publication p WHERE p.pubname = $2),
      'tables', coalesce((SELECT json_agg(json_build_object(
          'schema', b.schemaname, 'name', b.tablename,
          'member', concat_ws('.', b.oid, b.member, b.since, b.schema_member),
          'isFiltered', b.filter IS NOT NULL,
          'isInherited', b.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = b.oid),
          'filtering', coalesce((SELECT json_agg(a.attname) FROM pg_attribute a
            WHERE a.attrelid = b.oid AND a.attnum = ANY (b.prqual_columns)), '[]'),
          'columns', (SELECT json_agg(json_build_array(a.attname, a.atttypid::bigint, a.atttypmod, format_type(a.atttypid, NULL)) ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = b.oid AND a.attnum > 0 AND NOT a.attisdropped
              AND (a.attgenerated = '' OR b.has_generated)
              AND (jsonb_typeof(b.listed) IS DISTINCT FROM 'array' OR b.listed ? a.attname::text)),
          'all', (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = b.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
          'identities', (SELECT json_agg(json_build_array(format('%I.%I', ln.nspname, l.relname), ${identityOf},
              concat_ws('.', l.oid, l.relfilenode), ${isAttached}, l.xmin::text))
            FROM pg_class l JOIN pg_namespace ln ON ln.oid = l.relnamespace
            WHERE l.oid = b.oid AND b.relkind <> 'p'
              OR b.relkind = 'p' AND l.relkind = 'r' AND l.oid IN (SELECT relid FROM pg_partition_tree(b.oid) WHERE isleaf))
        ) ORDER BY b.schemaname, b.tablename) FROM published b), '[]'),
      'oldest', (SELECT json_build_object('pid', a.pid, 'user', a.usename, 'since', to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS'))
        FROM pg_stat_activity a WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_backend_pid() ORDER BY age(a.backend_xid) DESC LIMIT 1),
      'prepared', (SELECT json_build_object('name', x.gid, 'since', to_char(x.prepared, 'YYYY-MM-DD HH24:MI:SS'))
        FROM pg_prepared_xacts x WHERE x.database = current_database() ORDER BY age(x.transaction) DESC LIMIT 1)

    ) WHERE ${uncached}`,
  values: [slot, publication],
})

const Published = Schema.Struct({
  schema: Schema.String,
  name: Schema.String,
  member: Schema.String,
  isFiltered: Schema.Boolean,
  isInherited: Schema.Boolean,
  filtering: Schema.Array(Schema.String),
  columns: Schema.NullOr(Schema.Array(Schema.Tuple([Schema.String, Schema.Number, Schema.Number, Schema.String]))),
  all: Schema.Number,
  identities: Schema.NullOr(
    Schema.Array(
      Schema.Tuple([Schema.String, Schema.NullOr(Schema.String), Schema.String, Schema.Boolean, Schema.String]),
    ),
  ),
})
type Published = typeof Published.Type

const Health = Schema.Struct({
  level: Schema.String,
  end: Schema.NullOr(Schema.String),
  mayRead: Schema.NullOr(Schema.Boolean),
  user: Schema.String,
  slot: Schema.NullOr(
    Schema.Struct({
      plugin: Schema.NullOr(Schema.String),
      isHere: Schema.NullOr(Schema.Boolean),
      isActive: Schema.Boolean,
      keeping: Schema.String,
      safe: Schema.NullOr(Schema.String),
      kept: Schema.NullOr(Schema.String),
      held: Schema.NullOr(Schema.String),
    }),
  ),
  publication: Schema.NullOr(
    Schema.Struct({
      member: Schema.String,
      isWhole: Schema.Boolean,
      updates: Schema.Boolean,
      deletes: Schema.Boolean,
    }),
  ),
  tables: Schema.Array(Published),
  oldest: Schema.NullOr(
    Schema.Struct({
      pid: Schema.Number,
      user: Schema.NullOr(Schema.String),
      since: Schema.NullOr(Schema.String),
    }),
  ),
  prepared: Schema.NullOr(Schema.Struct({ name: Schema.String, since: Schema.String })),
})
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Health))

/** How things stand, and what the columns of published tables are. */
export interface Health {
  readonly standing: LogStanding
  readonly typesOf: (table: string) => ColumnTypes | undefined
}

/** Reads what {@link healthStatement} gave. `setUp` is the statement that makes the publication. */
export const readHealth = (
  text: string | null,
  names: LogNames,
  setUp: string,
): Effect.Effect<Health, ConnectorError> =>
  Effect.gen(function* () {
    const health = Option.getOrUndefined(decode(text))
    if (health === undefined || health.end === null) return yield* unusable("The server told nothing of its log", "")
    const { slot, publication, tables } = health
    if (health.level !== "logical") {
      return yield* unusable(
        `wal_level is ${health.level}, and must be logical`,
        "Run ALTER SYSTEM SET wal_level = 'logical' and restart the server; a host has a switch for it (RDS: rds.logical_replication = 1; Neon: Logical Replication; Supabase has it on).",
      )
    }
    if (publication === null) {
      return yield* unusable(`there is no publication ${quote(names.publication)}`, `Its owner runs: ${setUp}`)
    }
    if (!publication.isWhole) {
      return yield* unusable(
        `the publication ${quote(names.publication)} leaves out kinds of changes`,
        `Run: ALTER PUBLICATION ${quote(names.publication)} SET (publish = 'insert, update, delete, truncate');`,
      )
    }
    if (health.mayRead !== true) {
      return yield* unusable(
        `the user ${health.user} may not read the log`,
        `Run: ALTER ROLE ${quote(health.user)} REPLICATION; (RDS: GRANT rds_replication TO ${quote(health.user)};)`,
      )
    }
    if (slot !== null && (slot.plugin !== "pgoutput" || slot.isHere !== true)) {
      return yield* unusable(
        `the replication slot ${quote(names.slot)} is not this replica's: its plugin is ${slot.plugin ?? "none"}, its database ${slot.isHere === true ? "this one" : "another one"}`,
        "Choose another name for log.slot; it is made where it is missing.",
      )
    }
    const isLost = slot !== null && (slot.keeping === "lost" || slot.kept === null || slot.held === null)
    const standing: LogStanding = {
      state: slot === null ? "missing" : isLost ? "lost" : "ready",
      kept: slot === null || isLost ? undefined : (slot.kept ?? undefined),
      end: health.end,
      publication: publication.member,
      held: Math.max(0, Number(slot?.held ?? 0)),
      safe: slot?.safe === null || slot === null ? null : Number(slot.safe),
      keeping: slot?.keeping ?? "missing",
      holds: holdsOf(health),
      tables: new Map(tables.map((table) => [formatTableName(table), toLogged(table)])),
      dangers: tables.flatMap(dangersOf),
    }
    const types = new Map(
      tables.map((table) => [
        formatTableName(table),
        new Map((table.columns ?? []).map(([name, type, modifier]) => [name, { type, modifier }])),
      ]),
    )
    return { standing, typesOf: (table) => types.get(table) }
  })

const unusable = (message: string, hint: string) =>
  Effect.fail(
    new ConnectorError({
      code: "log-unusable",
      message: `The change log cannot be read: ${message}.`,
      ...(hint === "" ? {} : { hint }),
    }),
  )

/** The columns that tell rows apart in every partition; undefined where some have none. */
const identityOfTable = ({ identities, columns }: Published): ReadonlyArray<string> | undefined => {
  const all = (columns ?? []).map(([name]) => name)
  const each = (identities ?? []).map(([, identity]) =>
    identity === null ? undefined : identity === "*" ? all : unquoteList(identity),
  )
  if (each.some((one) => one === undefined)) return undefined
  return all.filter((name) => each.every((one) => one?.includes(name) === true))
}

const unquoteList = (list: string): ReadonlyArray<string> =>
  (list.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []).map((name) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
  )

const toLogged = (table: Published): LoggedTable => ({
  member: table.member,
  identity: identityOfTable(table),
  columns: (table.columns ?? []).map(([name]) => name),
  isFiltered: table.isFiltered || table.isInherited,
  parts: (table.identities ?? []).map(([, , part]) => part),
  madeBy: (table.identities ?? []).map(([, , , , transaction]) => transaction),
  attached: (table.identities ?? []).flatMap(([, , part, isAttached]) => (isAttached ? [part] : [])),
  unlike: (table.columns ?? []).flatMap(([name, , , type]) => (isMoney(type) ? [name] : [])),
})

/** What makes the application's own UPDATE or DELETE of a published table fail. */
const dangersOf = (table: Published): ReadonlyArray<string> => {
  const name = `${quote(table.schema)}.${quote(table.name)}`
  const listed = new Set((table.columns ?? []).map(([column]) => column))
  return (table.identities ?? []).flatMap(([relation, identity]) => {
    if (identity === null) {
      return [
        `UPDATE and DELETE of ${relation} fail, because it is published and has no primary key or other replica identity. Run: ALTER TABLE ${relation} REPLICA IDENTITY FULL; or take it out of the publication.`,
      ]
    }
    const isWhole = identity === "*"
    const key = unquoteList(identity)
    const isListed = isWhole ? listed.size >= table.all : key.every((column) => listed.has(column))
    if (!isListed) {
      return [
        `UPDATE and DELETE of ${name} fail, because the publication's column list leaves out columns of its replica identity. Publish ${isWhole ? "all columns" : `${key.join(", ")} too`}.`,
      ]
    }
    const outside = isWhole ? [] : table.filtering.filter((column) => !key.includes(column))
    return outside.length === 0
      ? []
      : [
          `UPDATE and DELETE of ${name} fail, because the publication filters its rows by ${outside.join(", ")}, which is no part of its replica identity. Publish it without WHERE, and filter in the config.`,
        ]
  })
}

const holdsOf = ({ oldest, prepared }: typeof Health.Type): string | undefined => {
  if (prepared !== null) return `the prepared transaction ${JSON.stringify(prepared.name)} of ${prepared.since} UTC`
  if (oldest === null) return undefined
  const since = oldest.since === null ? "whose beginning this user may not see" : `open since ${oldest.since} UTC`
  return `the transaction of process ${oldest.pid}${oldest.user === null ? "" : ` of user ${oldest.user}`}, ${since}`
}
