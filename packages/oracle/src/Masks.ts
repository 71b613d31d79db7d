import { createHmac } from "node:crypto"
import type { Shape } from "./Shape.ts"
import type { Cell, Row } from "./Snapshot.ts"

/** The secret of all masks. */
export const maskSecret = { name: "MASK_KEY", value: "the secret of the oracle's masks, 32 and more" }

type Kind = "hmac" | "redact" | "null"

const kindOf = ({ masked }: Shape, name: string): Kind | undefined => {
  if (masked?.startsWith("key") === true && name === "k") return "hmac"
  if (masked === undefined || masked === "key") return undefined
  if (name.startsWith("v0")) return masked === "blanks" ? "redact" : "hmac"
  return name.startsWith("v2") ? "null" : undefined
}

/** What the config says so that columns are masked like this; a pattern stands for columns that may come and go. */
export const maskEntries = (shape: Shape): object => {
  const written = { hmac: { hmac: { secret: maskSecret.name } }, redact: "redact", null: "null" } as const
  const entries = ["k", "v0*", "v2*"].flatMap((pattern) => {
    const kind = kindOf(shape, pattern)
    return kind === undefined ? [] : [[pattern, written[kind]] as const]
  })
  return entries.length === 0 ? {} : { mask: Object.fromEntries(entries) }
}

/** What the replica must hold in place of a cell. */
export const masked = (shape: Shape, name: string, cell: Cell): Cell => {
  switch (kindOf(shape, name)) {
    case undefined:
      return cell
    case "null":
      return null
    case "redact":
      return "t:redacted"
    case "hmac": {
      if (cell === null) return null
      const text = cell.startsWith("r:") ? String(Number(cell.slice(2))) : cell.slice(2)
      return `t:${createHmac("sha256", maskSecret.value).update(text).digest("hex").slice(0, 32)}`
    }
  }
}

/**
 * A row as a run reads it that knows the table from before columns were dropped: those that are one value in each row are
 * not read, so that nobody misses them until the table is described again.
 */
export const asDescribed = (shape: Shape, row: Row, columns: ReadonlyArray<string>): Row => {
  const gone = columns.filter((name) => kindOf(shape, name) === "redact" && !row.has(name))
  return gone.length === 0 ? row : new Map([...row, ...gone.map((name) => [name, masked(shape, name, null)] as const)])
}
