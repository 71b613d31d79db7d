import { PGlite } from "@electric-sql/pglite"
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest"
import { type ComparedTable, compareTable } from "../scripts/lib/compare.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

const table: ComparedTable = {
  name: "things",
  key: "id",
  columns: [
    { name: "id", atSource: "id::text", inReplica: "CAST(id AS TEXT)", storage: "integer" },
    { name: "name", atSource: "name", inReplica: "name", storage: "text" },
    { name: "size", atSource: "size", inReplica: "size", storage: "real" },
  ],
}

let source: PGlite
let worker: TestWorker
beforeAll(async () => {
  ;[source, worker] = await Promise.all([PGlite.create(), startWorker()])
  await source.exec(`
    CREATE TABLE things (id bigint, name text, size float8);
    INSERT INTO things VALUES (1, 'a', 0.1), (9007199254740993, 'b', 2), (9007199254740994, NULL, 1e300)`)
})
afterAll(() => Promise.all([worker?.stop(), source?.close()]))

const replica = (sql: string) => worker.admin.rows(sql)
beforeEach(async () => {
  await replica(`
    DROP TABLE IF EXISTS things;
    CREATE TABLE things (id INTEGER PRIMARY KEY, name ANY, size REAL);
    INSERT INTO things VALUES (1, 'a', 0.1), (9007199254740993, 'b', 2), (9007199254740994, NULL, 1e300)`)
})

it("finds nothing where all is the same", async () => {
  expect(await compareTable(source, worker.client, table)).toEqual({ rows: 3, values: 9, differences: [] })
})

it.each([
  [
    "UPDATE things SET name = 'B' WHERE name = 'b'",
    ['things 9007199254740993 name: "b" at the source, "B" in the replica'],
  ],
  [
    "UPDATE things SET name = '' WHERE name IS NULL",
    ['things 9007199254740994 name: null at the source, "" in the replica'],
  ],
  ["UPDATE things SET name = x'61' WHERE id = 1", ['things 1 name: "a" at the source, "61" in the replica']],
  [
    "UPDATE things SET size = 0.10000000000000002 WHERE id = 1",
    ["things 1 size: 0.1 at the source, 0.10000000000000002 in the replica"],
  ],
  ["DELETE FROM things WHERE id > 9007199254740993", ["things 9007199254740994: missing in the replica"]],
  ["INSERT INTO things VALUES (9007199254740995, 'z', 1)", ["things 9007199254740995: in the replica alone"]],
])("finds what %s did", async (sql, differences) => {
  await replica(sql)
  expect((await compareTable(source, worker.client, table)).differences).toEqual(differences)
})
