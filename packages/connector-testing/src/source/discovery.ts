import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { broken, same, sameSet, that } from "../internal/expect.ts"
import { columns, kindsOffered, made, madeView, notOffered } from "../internal/made.ts"
import { describe, inRun, Subject } from "../internal/subject.ts"
import { describeAll } from "../pages.ts"
import { isOffered, offered } from "../Without.ts"
import { type Kind, nameIn, type NewTable } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("discovery", docs.discovery)

const simple = (name: string): NewTable => ({
  name,
  columns: columns({ id: "integer", v: "text" }),
  key: ["id"],
})

export const discovery = [
  check(
    "columns",
    "describe gives all columns in the table's order, each with its type, the source's own name of the type, and whether it may be NULL.",
    Effect.gen(function* () {
      const all: ReadonlyArray<Kind> = [
        "timestamptz",
        "text",
        "longText",
        "decimal",
        "real",
        "boolean",
        "uuid",
        "binary",
        "date",
        "timestamp",
      ]
      const kinds = yield* kindsOffered(all)
      const { tables } = yield* Subject
      const table = yield* made({
        name: "kit_columns",
        columns: [
          { name: "zz", type: "text", nullable: true },
          { name: "id", type: "integer" },
          ...kinds.flatMap((kind) => [
            { name: `n_${kind.toLowerCase()}`, type: kind },
            { name: `m_${kind.toLowerCase()}`, type: kind, nullable: true },
          ]),
        ],
        key: ["id"],
      })
      const found = yield* inRun(describe(table))
      const expected = table.columns.map(({ name, type, nullable: isNullable = false }) => {
        const kind = typeof type === "string" ? tables.kinds[type] : undefined
        const nullable = tables.nullability === undefined ? isNullable : table.key?.includes(name) !== true
        return { name, type: kind !== undefined && isOffered(kind) ? kind.becomes : "text", nullable }
      })
      yield* same(
        found.columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
        expected,
        "The columns are not those of the table.",
      )
      yield* same(found.kind, "table", "A table is no view.")
      for (const { name, sourceType } of found.columns) {
        yield* that(sourceType !== "", `The column "${name}" has no sourceType.`)
      }
    }),
  ),

  check(
    "names",
    "A name without a schema is looked for in the default schema, and the answer names the schema wherever the source has schemas.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      yield* made(simple("kit_named"))
      const found = yield* inRun(describeAll([{ name: "kit_named" }, nameIn(tables, "kit_named")]))
      const name = nameIn(tables, "kit_named")
      yield* same(
        found.map((table) => table?.name),
        [name, name],
        "Asked for without and with its schema, the table has another name.",
      )
    }),
  ),

  check(
    "missing tables",
    "describe answers in the order of the names, each as often as it is asked for, and undefined for a table that is not there; it does not fail for it.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      yield* made(simple("kit_one"))
      yield* made(simple("kit_two"))
      const names = ["kit_two", "kit_gone", "kit_one", "kit_two"]
      const found = yield* inRun(describeAll(names.map((name) => nameIn(tables, name))))
      yield* same(
        found.map((table) => table?.name.name),
        ["kit_two", undefined, "kit_one", "kit_two"],
        `Asked for ${names.join(", ")}, of which kit_gone is not there.`,
      )
      if (tables.schema !== undefined) {
        const elsewhere = yield* inRun(describeAll([{ schema: "kit_no_schema", name: "kit_one" }]))
        yield* same(elsewhere, [undefined], "Asked for a table in a schema that is not there.")
      }
      const none = yield* inRun(describeAll([]))
      yield* same(none, [], "Asked for no table at all.")
    }),
  ),

  check(
    "primary keys",
    "The key is the primary key, all of its columns and no other; where the source tells it, in the key's own order, which need not be the table's.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      const table = yield* made({
        name: "kit_key",
        columns: columns({ c: "text", b: "integer", a: "text" }),
        key: ["a", "b"],
      })
      const { key } = yield* inRun(describe(table))
      if (isOffered(tables.keyOrder)) yield* same(key, ["a", "b"], "The primary key is (a, b).")
      else yield* sameSet(key, ["a", "b"], "The primary key has the columns a and b.")
    }),
  ),

  check(
    "indexes",
    "structure gives each index with its columns in its order, and nothing against one that is over columns alone. Of a view, and of a table without any, it gives none.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      yield* offered(tables.uniqueIndexes)
      const table = yield* made({
        name: "kit_indexed",
        columns: columns({ a: "integer", b: "integer", c: "integer" }),
        unique: ["c", "a"],
      })
      const bare = yield* made({ name: "kit_not_indexed", columns: columns({ a: "integer" }) })
      const structureOf = Effect.fnUntraced(function* (name: string) {
        const { structure } = yield* Source
        if (structure === undefined) return yield* notOffered("the source does not tell its indexes")
        return yield* structure(yield* describe(name))
      })
      const { indexes } = yield* inRun(structureOf(table.name))
      yield* same(
        indexes.map(({ columns, unfit }) => ({ columns, unfit })),
        [{ columns: ["c", "a"].map((name) => ({ name, descending: false })), unfit: undefined }],
        "The table has one index, over c and a.",
      )
      yield* same(yield* inRun(structureOf(bare.name)), { indexes: [], relations: [] }, "The other one has none.")
      if (!isOffered(tables.createView)) return
      const view = yield* madeView("kit_indexed_view", table)
      yield* same(yield* inRun(structureOf(view)), { indexes: [], relations: [] }, "A view has none.")
    }),
  ),

  check(
    "tables without a key",
    "Where nothing tells rows apart the key is empty: neither an index over columns that may be NULL nor a guess will do.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      const bare = yield* made({ name: "kit_keyless", columns: columns({ id: "integer", v: "text" }) })
      yield* same((yield* inRun(describe(bare))).key, [], "The table has no key.")
      if (!isOffered(tables.uniqueIndexes)) return
      const nullable = yield* made({
        name: "kit_nullable_key",
        columns: columns({ id: "integer?", v: "text" }),
        unique: ["id"],
      })
      yield* same((yield* inRun(describe(nullable))).key, [], "The unique column may be NULL, many times over.")
    }),
  ),

  check(
    "unique indexes",
    "Without a primary key, a unique index over columns that are never NULL is the key.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      if (!isOffered(tables.uniqueIndexes)) return yield* notOffered(tables.uniqueIndexes.without)
      const table = yield* made({
        name: "kit_unique",
        columns: columns({ v: "text?", b: "integer", a: "text" }),
        unique: ["b", "a"],
      })
      yield* same((yield* inRun(describe(table))).key, ["b", "a"], "The table has a unique index over (b, a).")
    }),
  ),

  check(
    "views",
    'A view is described like a table, with kind "view" and without a key.',
    Effect.gen(function* () {
      const table = yield* made(simple("kit_viewed"), [["1", "one"]])
      const view = yield* madeView("kit_view", table)
      const found = yield* inRun(describe(view))
      yield* same([found.kind, found.key], ["view", []], "The kind and the key of a view.")
      yield* same(
        found.columns.map(({ name }) => name),
        ["id", "v"],
        "The columns of a view.",
      )
    }),
  ),

  check(
    "shapes",
    "Described twice, a table and its columns have the same shape; a column whose type has another modifier has another sourceType or shape, and the others keep theirs.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      const shorten = yield* offered(tables.shorten)
      const table = yield* made(simple("kit_shape"), [["1", "one"]])
      const shapes = Effect.map(inRun(describe(table)), ({ identity, columns: [id, v] }) => ({
        identity,
        id: [id?.sourceType, id?.shape],
        v: [v?.sourceType, v?.shape],
      }))
      const first = yield* shapes
      yield* that(first.v[1] !== undefined, "The column has no shape, so that a change of it is not seen.")
      yield* same(yield* shapes, first, "The table was described twice, and nothing happened in between.")
      yield* Effect.promise(() => shorten(table.name, "v"))
      const last = yield* shapes
      yield* same({ ...last, v: first.v }, first, "Only the type of v has changed.")
      yield* that(
        JSON.stringify(last.v) !== JSON.stringify(first.v),
        "The type of v has another length, and is the same.",
      )
    }),
  ),

  check(
    "the list of tables",
    "list gives every table and view that the user may see in a schema, or in the default one, with its schema, and none that is not there.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      const table = yield* made(simple("kit_listed"))
      const view = isOffered(tables.createView) ? yield* madeView("kit_listed_view", table) : undefined
      const gone = simple("kit_dropped")
      yield* Effect.scoped(made(gone))
      const byDefault = yield* inRun(Effect.flatMap(Source, (source) => source.list(undefined)))
      for (const name of view === undefined ? [table.name] : [table.name, view]) {
        const expected = nameIn(tables, name)
        if (!byDefault.some((one) => one.name === name && one.schema === expected.schema)) {
          return yield* broken(
            `list(undefined) lacks ${JSON.stringify(expected)}; it gives ${JSON.stringify(byDefault)}.`,
          )
        }
      }
      yield* that(
        byDefault.every(({ name }) => name !== gone.name),
        "list gives a table that was dropped before.",
      )
      if (tables.schema === undefined) return
      const bySchema = yield* inRun(Effect.flatMap(Source, (source) => source.list(tables.schema)))
      yield* same(bySchema, byDefault, "list of the schema in which the tables are, which is the default one.")
    }),
  ),
]
