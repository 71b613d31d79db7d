import { into } from "./Config.ts"
import { nameInReplica } from "./Dress.ts"
import type { Spoiling } from "./History.ts"
import { calmRun, comeToRest, isEqual, isVerified } from "./Rest.ts"
import type { Row } from "./Snapshot.ts"
import { isKeyless, type Shape } from "./Shape.ts"
import type { Stage } from "./Stage.ts"

/** Spoils some rows where no pull looks, and sees that a verification names exactly these and a repair mends them. */
export const spoil = async (stage: Stage, spoilings: ReadonlyArray<Spoiling>): Promise<void> => {
  const { shape, object, subject } = stage.place
  if (shape.isFull || spoilings.length === 0) return
  stage.promises.isSpoiled = true
  for (const { how, row } of spoilings) {
    if (how === "quiet update") {
      if (shape.cursor !== undefined) await stage.write(0, { do: "update quietly", key: row, value: row * 31 })
      continue
    }
    const { columns, rows } = await stage.read()
    // A column that the source has dropped is not compared.
    const compared = columns.filter((name) => stage.promises.last.columns.includes(name))
    const place = row % Math.max(1, rows.size)
    const sql = isKeyless(shape)
      ? keylessStatement(compared, place, how)
      : statement(compared, [...rows.values()][place], how, shape)
    if (sql !== undefined) await object.execute(sql, [])
  }
  // Where rows tell who wrote them, what no cursor shows comes by itself.
  if (!subject.tellsWriters || spoilings.some(({ how }) => how !== "quiet update")) {
    await isVerified(stage)
    await calmRun(stage, "repair")
  }
  stage.promises.isSpoiled = false
  await comeToRest(stage)
  await isEqual(stage)
}

/** What spoils the row at a place, where nothing tells rows apart. */
const keylessStatement = (columns: ReadonlyArray<string>, place: number, how: Spoiling["how"]): string | undefined => {
  const isRow = `rowid = (SELECT rowid FROM "${into}" ORDER BY rowid LIMIT 1 OFFSET ${place})`
  const value = columns.find((name) => name.startsWith("v"))
  if (how === "remove") return `DELETE FROM "${into}" WHERE ${isRow}`
  if (how === "add") return `INSERT INTO "${into}" SELECT * FROM "${into}" WHERE ${isRow}`
  return value === undefined ? undefined : `UPDATE "${into}" SET "${value}" = 'spoiled' WHERE ${isRow}`
}

/** What spoils a row of the replica, or undefined where it cannot be done. */
const statement = (
  columns: ReadonlyArray<string>,
  row: Row | undefined,
  how: Spoiling["how"],
  shape: Shape,
): string | undefined => {
  if (row === undefined) return undefined
  const keys = columns.filter((name) => name === "k" || name === "k2")
  const named = (name: string) => identifier(nameInReplica(shape, name))
  const isRow = keys.map((name) => `${named(name)} = ${literal(row.get(name) ?? null)}`).join(" AND ")
  const value = columns.find((name) => name.startsWith("v"))
  if (how === "remove") return `DELETE FROM "${into}" WHERE ${isRow}`
  if (how === "change") {
    return value === undefined ? undefined : `UPDATE "${into}" SET "${value}" = 'spoiled' WHERE ${isRow}`
  }
  const text = shape.key === "numeric" ? "555" : uuid
  const others = keys.map((name) => (row.get(name)?.startsWith("i:") === true ? "555" : `'${text}'`))
  return `INSERT OR IGNORE INTO "${into}" (${keys.map(named).join(", ")}) VALUES (${others.join(", ")})`
}

/** A key that no row has, in whatever text a table's keys are. */
const uuid = "12345678-1234-4123-8123-123456789abc"

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

const literal = (cell: string | null): string => {
  if (cell === null) return "NULL"
  const text = cell.slice(2)
  return cell.startsWith("i:") ? text : `'${text.replaceAll("'", "''")}'`
}
