import { describe, expect, it } from "vitest"
import type { TableConfig } from "../src/config/TableConfig.ts"
import { copiedIndexes, listedIndexes, type ReplicaIndex } from "../src/plan/Indexes.ts"
import { inReplica } from "../src/plan/InReplica.ts"
import { makePlan } from "../src/plan/Plan.ts"
import { makeConversion } from "../src/sync/Conversion.ts"
import type { ColumnType, TableSchema } from "../src/table/Table.ts"
import { bareConfig } from "./support/config.ts"

const schema = (columns: ReadonlyArray<string>): TableSchema => ({
  name: { schema: "public", name: "orders" },
  kind: "table",
  columns: columns.map((name) => ({ name, type: "text", sourceType: "text", nullable: false })),
  key: ["id"],
})

const planned = (more: Partial<TableConfig>, columns: ReadonlyArray<string>) =>
  makePlan({ ...bareConfig, ...more }, schema(columns), false)

const problems = (more: Partial<TableConfig>, columns: ReadonlyArray<string>) => {
  const found = planned(more, columns)
  return "problems" in found ? found.problems : []
}

const chosen = (entries: ReadonlyArray<string>, columns: ReadonlyArray<string>) => {
  const found = planned({ columns: entries }, columns)
  return "plan" in found ? found.plan.columns.map(({ name }) => name) : found.problems
}

describe("columns by pattern", () => {
  const columns = ["blob_a", "id", "name", "blob_b", "note"]

  it("takes those that the last entry which they meet does not leave out, in the table's order", () => {
    expect(chosen(["*", "-blob_*"], columns)).toEqual(["id", "name", "note"])
    expect(chosen(["*", "-blob_*", "blob_b"], columns)).toEqual(["id", "name", "blob_b", "note"])
    expect(chosen(["id", "n*e"], columns)).toEqual(["id", "name", "note"])
    expect(chosen(["-*", "*"], columns)).toEqual(columns)
    expect(chosen(["note", "id"], columns)).toEqual(["note", "id"])
  })

  it("takes a name that is a column's for that column, whatever is in it", () => {
    const odd = ["id", "-x", "a*", "ab", "a.b", "a(b"]
    expect(chosen(["id", "-x", "a*"], odd)).toEqual(["id", "-x", "a*"])
    expect(chosen(["*", "-a.*"], odd)).toEqual(["id", "-x", "a*", "ab", "a(b"])
  })

  it("does not take a new column that a pattern leaves out for one that is to be replicated", () => {
    const before = planned({ columns: ["*", "-blob_*"] }, columns)
    const after = planned({ columns: ["*", "-blob_*"] }, [...columns, "blob_c"])
    expect("plan" in after && after.plan.columns).toEqual("plan" in before && before.plan.columns)
    expect(chosen(["*", "-blob_*"], [...columns, "more"])).toContain("more")
  })

  it("says which pattern takes the key or the cursor away", () => {
    expect(problems({ columns: ["*", "-i*"] }, columns)).toEqual([
      'tables[1].columns[1]: "-i*" leaves out "id", which is the key; name it after that pattern',
    ])
    expect(problems({ columns: ["*", "-n*"], cursor: "note" }, columns)).toEqual([
      'tables[1].columns[1]: "-n*" leaves out "note", which is the cursor; name it after that pattern',
    ])
    expect(problems({ columns: ["n*"] }, columns)).toEqual(['tables[1].columns: must hold "id", which is the key'])
    expect(problems({ columns: ["*", "idd"] }, columns)).toEqual([
      'tables[1].columns[1]: no column "idd" in public.orders; did you mean "id"?',
    ])
  })
})

describe("indexes", () => {
  const found = (name: string, ...columns: ReadonlyArray<string>) => ({
    name,
    columns: columns.map((column) => ({ name: column.replace(/^-/, ""), descending: column.startsWith("-") })),
  })
  const planOf = (more: Partial<TableConfig>, columns: ReadonlyArray<string>) => {
    const made = planned(more, columns)
    if ("problems" in made) throw new Error(made.problems.join())
    return made.plan
  }
  const inWords = (indexes: ReadonlyArray<ReplicaIndex>) =>
    indexes.map(({ columns }) => columns.map(({ name, descending }) => `${descending ? "-" : ""}${name}`).join(" "))

  it("are those of the source, each once, by the names of the replica, and none that the key is", () => {
    const plan = planOf({ columns: ["*", "-c"], rename: { a: "A 1" } }, ["id", "a", "b", "c"])
    const { made, left } = copiedIndexes(plan, [
      found("pk", "id"),
      found("one", "a", "-b"),
      found("same", "a", "-b"),
      found("other", "a", "b"),
      found("gone", "b", "c"),
      { ...found("odd"), unfit: "is over an expression" },
    ])
    expect(inWords(made)).toEqual(["A 1 -b", "A 1 b"])
    expect(left).toEqual([
      { name: "gone", why: 'is over "c", which is not replicated' },
      { name: "odd", why: "is over an expression" },
    ])
  })

  it("are those that the config lists, which must be there", () => {
    const plan = planOf({ rename: { a: "A" } }, ["id", "a", "b"])
    expect(inWords(listedIndexes(plan, [["b", "a"], ["id"], ["b", "a"]]))).toEqual(["b A"])
    expect(problems({ indexes: [["a"], ["id", "bb"]], columns: ["id", "b"] }, ["id", "a", "b"])).toEqual([
      'tables[1].indexes[1]: no column "bb" in public.orders; did you mean "b"?',
      'tables[1].indexes[0]: column "a" is not among the columns to replicate',
    ])
  })
})

describe("sort keys", () => {
  const numbers = (type: ColumnType): TableSchema => ({
    ...schema(["id"]),
    columns: ["id", "n", "n_sort"].map((name) => ({ name, type, sourceType: type, nullable: true })),
  })

  it("are columns behind all others, of decimals and integers alone, under names that nobody has", () => {
    const plan = makePlan(
      { ...bareConfig, as: { n: "sortable" }, rename: { n: "N", n_sort: "other" } },
      numbers("decimal"),
      false,
    )
    if (!("plan" in plan)) throw new Error(plan.problems.join())
    expect(inReplica(plan.plan).columns.map(({ name, type }) => [name, type])).toEqual([
      ["id", "decimal"],
      ["N", "decimal"],
      ["other", "decimal"],
      ["N_sort", "text"],
    ])
    expect(
      makeConversion(plan.plan)([
        ["1", "10.50", null],
        ["2", null, "0"],
        ["3", "ten", "0"],
      ]),
    ).toEqual({
      rows: [
        ["1", "10.50", null, "25000002105"],
        ["2", null, "0", null],
      ],
      rejects: [{ key: ["3"], column: "N", reason: "the decimal value is no decimal that could be sorted" }],
    })
    expect(makePlan({ ...bareConfig, as: { n: "sortable" } }, numbers("decimal"), false)).toEqual({
      problems: [
        'tables[1].as.n: its sort key would be called "n_sort", as "n_sort" is in the replica; give one of them another name with rename',
      ],
    })
    expect(makePlan({ ...bareConfig, columns: ["id", "n"], as: { n: "sortable" } }, numbers("text"), false)).toEqual({
      problems: ['tables[1].as.n: "n" is text; only decimals and integers have sort keys'],
    })
  })
})

describe("columns by another name", () => {
  it("are called so in the replica, and by their own name at the source", () => {
    const found = planned({ rename: { id: "key", createdAt: "created_at" }, cursor: "createdAt" }, [
      "id",
      "createdAt",
      "v",
    ])
    if (!("plan" in found)) throw new Error(found.problems.join())
    expect(found.plan).toMatchObject({ key: ["id"], cursor: { name: "createdAt" } })
    expect(found.plan.columns.map(({ name, into }) => [name, into])).toEqual([
      ["id", "key"],
      ["createdAt", "created_at"],
      ["v", undefined],
    ])
    const there = inReplica(found.plan)
    expect(there).toMatchObject({ key: ["key"], columns: [{ name: "key" }, { name: "created_at" }, { name: "v" }] })
    expect(inReplica(there)).toBe(there)
  })

  it("must not be two that SQLite takes for one", () => {
    expect(problems({ rename: { a: "B" } }, ["id", "a", "b"])).toEqual([
      'tables[1].rename.a: "a" and "b" would both be "b" in the replica, where case does not tell names apart; give one of them another name',
    ])
    expect(problems({ rename: { a: "x", b: "x" } }, ["id", "a", "b"])).toHaveLength(1)
    expect(problems({ rename: { Name: "name2" } }, ["id", "Name", "name"])).toEqual([])
    // The two change their names.
    expect(problems({ rename: { a: "b", b: "a" } }, ["id", "a", "b"])).toEqual([])
  })

  it("must be there, be replicated, and be names", () => {
    expect(problems({ rename: { nam: "x" } }, ["id", "name"])).toEqual([
      'tables[1].rename: no column "nam" in public.orders; did you mean "name"?',
    ])
    expect(problems({ columns: ["id"], rename: { name: "x" } }, ["id", "name"])).toEqual([
      'tables[1].rename: column "name" is not among the columns to replicate',
    ])
    expect(problems({ rename: { name: "a\0b" } }, ["id", "name"])).toEqual([
      'tables[1].rename.name: "a\\u0000b" cannot be a column\'s name',
    ])
    expect(problems({ rename: { name: "constructor" } }, ["id", "name", "toString"])).toEqual([])
  })
})
