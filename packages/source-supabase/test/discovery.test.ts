import type { Settings } from "../src/Settings.ts"
import { describe, expect, it } from "vitest"
import { declaredTables, readDescription } from "../src/internal/discovery.ts"

/** As PostgREST writes it; the tables are those of its own tests. */
const document = JSON.stringify({
  swagger: "2.0",
  info: { title: "My API title", version: "14.1" },
  paths: {
    "/": { get: { tags: ["Introspection"] } },
    "/child_entities": { get: {}, post: {}, delete: {}, patch: {} },
    "/joined_view": { get: {} },
    "/__proto__": { get: {}, post: {} },
    "/rpc/something": { post: {} },
  },
  definitions: {
    child_entities: {
      type: "object",
      description: "child_entities comment",
      required: ["id", "flag"],
      properties: {
        id: {
          description: "child_entities id comment\n\nNote:\nThis is a Primary Key.<pk/>",
          format: "int32",
          type: "integer",
        },
        big: {
          description:
            "Note:\nThis is a Primary Key.<pk/>\nThis is a Foreign Key to `t.id`.<fk table='t' column='id'/>",
          format: "bigint",
          type: "integer",
        },
        name: { description: "not a key.<pk/>", format: "text", type: "string" },
        at: { format: "timestamp with time zone", type: "string", default: "now()" },
        flag: { format: "bit", maxLength: 1, type: "string" },
        flags: { format: "bit", maxLength: 8, type: "string" },
        code: { format: "character", maxLength: 3, type: "string" },
        title: { format: "character varying", maxLength: 60, type: "string" },
        tags: { format: "text[]", type: "array", items: { type: "string" } },
        data: { format: "jsonb" },
        mood: { format: "public.mood", type: "string", enum: ["sad", "ok"] },
      },
    },
    joined_view: {
      type: "object",
      properties: { id: { description: "Note:\nThis is a Primary Key.<pk/>", format: "integer", type: "integer" } },
    },
    PROTO: { type: "object", required: ["id"], properties: { id: { format: "uuid", type: "string" } } },
  },
}).replace('"PROTO"', '"__proto__"')

describe("readDescription", () => {
  it("reads tables, types, nullability and keys", () => {
    const tables = readDescription("api", JSON.parse(document))
    expect([...(tables?.keys() ?? [])]).toEqual(["child_entities", "joined_view", "__proto__"])
    const table = tables?.get("child_entities")
    expect(table).toMatchObject({ name: { schema: "api", name: "child_entities" }, kind: "table", key: ["id", "big"] })
    expect(table?.columns.map(({ name, sourceType, type, nullable }) => [name, sourceType, type, nullable])).toEqual([
      ["id", "integer", "integer", false],
      ["big", "bigint", "integer", true],
      ["name", "text", "text", true],
      ["at", "timestamp with time zone", "timestamptz", true],
      ["flag", "bit(1)", "boolean", false],
      ["flags", "bit(8)", "text", true],
      ["code", "character(3)", "text", true],
      ["title", "character varying(60)", "text", true],
      ["tags", "text[]", "json", true],
      ["data", "jsonb", "json", true],
      ["mood", "public.mood", "text", true],
    ])
    expect(tables?.get("__proto__")?.columns.map(({ name }) => name)).toEqual(["id"])
  })

  it("trusts no key of a view that is read alone, since a join may repeat it", () => {
    expect(readDescription("api", JSON.parse(document))?.get("joined_view")).toMatchObject({ kind: "view", key: [] })
  })

  it("takes a schema without tables for empty, and something else for no description", () => {
    expect(readDescription("api", { swagger: "2.0", paths: { "/": {} } })).toEqual(new Map())
    for (const other of [{ swagger: "2.0", info: {} }, [], null, "x", { paths: {}, definitions: [1] }]) {
      expect(readDescription("api", other)).toBeUndefined()
    }
  })
})

describe("declaredTables", () => {
  it("reads what the settings declare", () => {
    const settings = {
      type: "supabase",
      url: "https://abcdefgh.supabase.co",
      key: { secret: "KEY" },
      tables: {
        orders: { columns: { id: "int8 not null", at: "timestamptz  NOT  NULL ", note: "varchar(10)" }, key: ["id"] },
        'shop."odd.name"': { columns: { "not null": "public.mood" }, view: true },
      },
    } satisfies Settings
    const column = (name: string, sourceType: string, type: string, nullable: boolean) => ({
      name,
      sourceType,
      type,
      nullable,
    })
    expect(declaredTables(settings, "public")).toEqual([
      {
        name: { schema: "public", name: "orders" },
        kind: "table",
        key: ["id"],
        columns: [
          column("id", "bigint", "integer", false),
          column("at", "timestamp with time zone", "timestamptz", false),
          column("note", "character varying(10)", "text", true),
        ],
      },
      {
        name: { schema: "shop", name: "odd.name" },
        kind: "view",
        key: [],
        columns: [column("not null", "public.mood", "text", true)],
      },
    ])
  })
})
