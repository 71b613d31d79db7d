import { inReplica } from "../plan/InReplica.ts"
import { type Plan, replicaType } from "../plan/Plan.ts"
import type { Row } from "../table/Table.ts"

/** Sums of hashes are kept to 64 bits. */
export const wrap = (sum: bigint): bigint => BigInt.asUintN(64, sum)

/** What ends a value that is there, and what stands for NULL: no text has either where it does. */
const end = 0x1_0000
const nothing = 0x1_0001

/**
 * Makes the function that hashes a row to 64 bits, as it stands in the replica: a double is what it reads as, however it
 * was printed. Rows that are equal have the same hash and, all but surely, only those. The sum of hashes tells multisets
 * apart, since none that comes twice takes itself away.
 */
export const rowHash = (plan: Plan): ((row: Row) => bigint) => {
  const areReal = inReplica(plan).columns.map((column) => replicaType(column) === "real")
  return (row) => {
    let one = 0x9e37_79b9
    let two = 0x85eb_ca6b
    const mix = (code: number) => {
      one = Math.imul(one ^ code, 0x85eb_ca77)
      two = Math.imul(two ^ code, 0xc2b2_ae3d)
      one = (one << 13) | (one >>> 19)
      two = (two << 17) | (two >>> 15)
    }
    row.forEach((value, place) => {
      if (value === null) return mix(nothing)
      const text = areReal[place] === true ? realText(value) : value
      for (let at = 0; at < text.length; at++) mix(text.charCodeAt(at))
      mix(end)
    })
    const high = finish(one ^ Math.imul(two, 0x27d4_eb2f))
    const low = finish(two ^ Math.imul(one, 0x1656_67b1))
    return (BigInt(high) << 32n) | BigInt(low)
  }
}

/** What has no place in a double stays a text; SQLite stores no sign of zero. */
const realText = (value: string): string => {
  const number = Number(value)
  return Number.isFinite(number) ? String(number === 0 ? 0 : number) : value
}

/** Lets each bit of 32 depend on all of them. */
const finish = (bits: number): number => {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
