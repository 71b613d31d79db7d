/** Marks, in an EWKB type, that an SRID follows. */
const hasSrid = 0x20000000

/**
 * A shape as EWKB in upper-case hexadecimal, the text that PostGIS has for the same shape. The server sends its SRID
 * and WKB, both little-endian; a WKT would lose the SRID, and the server gives none for a large shape.
 */
export const toShape = (bytes: Buffer): string => {
  const wkb = bytes.subarray(4)
  const srid = bytes.readUInt32LE(0)
  if (srid === 0) return wkb.toString("hex").toUpperCase()
  const head = Buffer.alloc(9)
  head[0] = wkb[0] ?? 1
  head.writeUInt32LE((wkb.readUInt32LE(1) | hasSrid) >>> 0, 1)
  head.writeUInt32LE(srid, 5)
  return Buffer.concat([head, wkb.subarray(5)])
    .toString("hex")
    .toUpperCase()
}
