import type { Random } from "./random.ts"

/** A declared type, and what makes values of it as SQL, some of them fixed. */
export interface LogType {
  readonly declared: string
  readonly fixed: ReadonlyArray<string>
  readonly random: (random: Random) => string
  readonly only?: "MariaDB" | "MySQL"
}

const hex = (bytes: Buffer): string => (bytes.length === 0 ? "''" : `x'${bytes.toString("hex")}'`)
const text = (value: string): string => `CONVERT(${hex(Buffer.from(value, "utf8"))} USING utf8mb4)`

const whole = (declared: string, bits: number, isUnsigned: boolean): LogType => {
  const half = 2n ** BigInt(bits - 1)
  const [least, most] = isUnsigned ? [0n, 2n * half - 1n] : [-half, half - 1n]
  return {
    declared,
    fixed: [String(least), String(most), "0", "1"],
    random: (random) =>
      String(BigInt.asIntN(bits, BigInt(`0x${random.bytes(bits / 8).toString("hex")}`)) + (isUnsigned ? half : 0n)),
  }
}

const decimal = (precision: number, scale: number, more = ""): LogType => ({
  declared: `decimal(${precision},${scale})${more}`,
  fixed: ["0", "1", ...(more === "" ? ["-1"] : []), "0.05", "-0.0"].filter(
    (value) => precision > scale || Number(value) ** 2 < 1,
  ),
  random: (random) => {
    const digits = random.digits(random.below(precision - scale + 1))
    const sign = more === "" && random.below(2) === 0 ? "-" : ""
    return `${sign}${digits === "" ? "0" : digits}${scale === 0 ? "" : `.${random.digits(1 + random.below(scale))}`}`
  },
})

const two = (number: number) => String(number).padStart(2, "0")
const fraction = (random: Random, digits: number) => (digits === 0 ? "" : `.${random.digits(digits)}`)
const day = (random: Random, from: number, to: number) =>
  `${String(from + random.below(to - from)).padStart(4, "0")}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`
const clock = (random: Random, digits: number) =>
  `${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}${fraction(random, digits)}`

const times: ReadonlyArray<LogType> = [0, 1, 2, 3, 4, 5, 6].flatMap((digits) => [
  {
    declared: `time(${digits})`,
    fixed: ["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:00.5'", "'-00:00:01.25'"],
    random: (random: Random) =>
      `'${random.pick(["", "-"])}${random.below(838)}:${two(random.below(60))}:${two(random.below(60))}${fraction(random, digits)}'`,
  },
  {
    declared: `datetime(${digits})`,
    fixed: ["'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'", "'2024-00-10 01:02:03'"],
    random: (random: Random) => `'${day(random, 0, 9999)} ${clock(random, digits)}'`,
  },
  {
    declared: `timestamp(${digits}) NULL`,
    fixed: ["'0000-00-00 00:00:00'", "'1970-01-02 00:00:01'", "'2038-01-18 03:14:07'"],
    random: (random: Random) => `'${day(random, 1971, 2037)} ${clock(random, digits)}'`,
  },
])

const letters = ["a", "Z", " ", "0", "'", '"', "\\", "\n", "\0", "é", "Ð", "ÿ", "€", "ž"]
const wide = [...letters, "字", "я", "\uFFFD"]
const all = [...wide, "🎈", "\u{10FFFF}"]
const words = (random: Random, from: ReadonlyArray<string>, most: number) =>
  text(Array.from({ length: random.below(most) }, () => random.pick(from)).join(""))

const texts: ReadonlyArray<LogType> = (
  [
    ["utf8mb4", all],
    ["utf8mb3", wide],
    ["latin1", letters],
    ["ascii", letters.filter((letter) => letter < "\x80")],
    ["ucs2", wide],
    ["utf16", all],
    ["utf16le", all],
    ["utf32", all],
  ] as const
).flatMap(([charset, from]) =>
  ["char(60)", "char(255)", "varchar(50)", "varchar(300)", "tinytext", "text", "longtext"].map((bare) => ({
    declared: `${bare} CHARACTER SET ${charset}`,
    fixed: ["''", "'a  '", "' '"],
    random: (random: Random) => words(random, from, 30),
  })),
)

const bytes: ReadonlyArray<LogType> = [
  ...["binary(3)", "binary(255)", "varbinary(3)", "varbinary(3000)", "tinyblob", "blob", "mediumblob", "longblob"].map(
    (declared) => ({
      declared,
      fixed: ["''", "x'00'", "x'ff0000'", "x'202020'"],
      random: (random: Random) => hex(random.bytes(random.below(4))),
    }),
  ),
  ...[1, 2, 7, 8, 9, 31, 64].map((size) => ({
    declared: `bit(${size})`,
    fixed: ["0", "1"],
    random: (random: Random) => `b'${Array.from({ length: size }, () => random.below(2)).join("")}'`,
  })),
]

const members = ["a", "it's", "b,c", "é", "", "字"]
const many = Array.from({ length: 300 }, (_, place) => `m${place}`)
const list = (of: ReadonlyArray<string>) => of.map((one) => `'${one.replaceAll("'", "''")}'`).join(",")

const sets: ReadonlyArray<LogType> = [
  {
    declared: `enum(${list(members)}) CHARACTER SET utf8mb4`,
    fixed: ["'nobody'", "''", "1"],
    random: (random) => String(1 + random.below(members.length)),
  },
  { declared: `enum(${list(many)})`, fixed: ["1", "300"], random: (random) => String(1 + random.below(300)) },
  {
    declared: `set(${list(members.filter((one) => one !== "" && one !== "b,c"))}) CHARACTER SET latin1`.replace(
      ",'字'",
      "",
    ),
    fixed: ["0", "''"],
    random: (random) => String(random.below(8)),
  },
  {
    declared: `set(${list(many.slice(0, 64))})`,
    fixed: ["1", "18446744073709551615"],
    random: (random) => String(BigInt(`0x${random.bytes(8).toString("hex")}`)),
  },
]

const real = (random: Random): string => {
  const number = random.bytes(8).readDoubleLE(0)
  return Number.isFinite(number) ? number.toExponential() : "1.5e0"
}

const reals: ReadonlyArray<LogType> = [
  {
    declared: "float",
    fixed: ["0.1", "-0e0", "16777216", "1e-45", "-3.4e38"],
    random: (random) => String(Math.fround(Number(`${random.digits(1 + random.below(9))}e${random.below(60) - 40}`))),
  },
  { declared: "float(7,3)", fixed: ["0.1", "3.14159"], random: (random) => `${random.digits(4)}.${random.digits(5)}` },
  {
    declared: "double",
    fixed: ["0.1", "5e-324", "1e21", "1.7976931348623157e308", "-0e0", "0.30000000000000004"],
    random: real,
  },
  {
    declared: "double(10,2)",
    fixed: ["0.1", "3.14159"],
    random: (random) => `${random.digits(7)}.${random.digits(5)}`,
  },
]

const point = (random: Random) => `${random.below(90)}.${random.below(100)} ${random.below(90)}`
const shapes: ReadonlyArray<LogType> = [
  {
    declared: "point",
    fixed: [
      "ST_GeomFromText('POINT(1 2.5)')",
      "ST_GeomFromText('POINT(1 2.5)', 3857)",
      "ST_GeomFromText('POINT(1 2.5)', 4326)",
    ],
    random: (random) => `ST_GeomFromText('POINT(${point(random)})', 3857)`,
  },
  {
    declared: "geometry",
    fixed: ["ST_GeomFromText('GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(0 0,1 1))', 3857)"],
    random: (random) => `ST_GeomFromText('LINESTRING(${point(random)},${point(random)})')`,
  },
]

const json = (random: Random, depth = 0): string => {
  const kind = random.below(depth > 3 ? 7 : 10)
  switch (kind) {
    case 0:
      return random.pick(["null", "true", "false"])
    case 1:
      return String(random.below(100_000) - 50_000)
    case 2:
      return String(BigInt.asIntN(64, BigInt(`0x${random.bytes(8).toString("hex")}`)))
    case 3:
      return `${random.digits(3).replace(/^0+/, "") || "0"}.${random.digits(3)}`
    case 4: {
      const number = random.bytes(8).readDoubleLE(0)
      return Number.isFinite(number) ? JSON.stringify(number) : "1e300"
    }
    case 5:
      return `${1 + random.below(9)}e${random.below(40) - 20}`
    case 6:
      return JSON.stringify(Array.from({ length: random.below(200) }, () => random.pick(all)).join(""))
    case 7:
      return `[${Array.from({ length: random.below(5) }, () => json(random, depth + 1)).join(",")}]`
    default:
      return `{${Array.from({ length: random.below(5) }, () => `${JSON.stringify(random.pick(all) + random.below(9))}:${json(random, depth + 1)}`).join(",")}}`
  }
}

const documents: ReadonlyArray<LogType> = [
  {
    declared: "json",
    fixed: [
      "'{}'",
      "'[]'",
      "'0'",
      "'\"\"'",
      "'[1.0, 1e2, 18446744073709551615, -1, 65536, -32769, 4294967296]'",
      `CONCAT('[', REPEAT('"0123456789",', 8000), '1]')`,
      `CONCAT('{"a":', '"', REPEAT('x', 70000), '"', ',"b":70000}')`,
    ],
    random: (random) => text(json(random)),
  },
  {
    declared: "json",
    fixed: [
      "JSON_ARRAY(CAST(1.10 AS DECIMAL(5,2)), CAST(-0.05 AS DECIMAL(30,20)), DATE'2024-02-29', TIME'-12:34:56.789', TIMESTAMP'2024-02-29 01:02:03.5')",
      "JSON_ARRAY(x'00ff', b'101', CAST('a' AS BINARY))",
      "JSON_ARRAY(ST_GeomFromText('POINT(1 2)'))",
    ],
    random: (random) =>
      `JSON_ARRAY(CAST(${random.below(1000)}.${random.below(1000)} AS DECIMAL(${10 + random.below(20)},5)))`,
    only: "MySQL",
  },
]

/** Half of them with a version and the usual variant. */
const uuid = (random: Random): string => {
  const bytes = random.bytes(16)
  if (random.below(2) === 0) {
    bytes[6] = (random.below(16) << 4) | random.below(16)
    bytes[8] = 0x80 | random.below(64)
  }
  return bytes.toString("hex")
}

const addresses: ReadonlyArray<LogType> = [
  {
    declared: "uuid",
    fixed: [
      "'123e4567-e89b-12d3-a456-426655440000'",
      "'00000000-0000-0000-0000-000000000000'",
      "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
      "'01890a5d-ac96-774b-bcce-b302099a8057'",
    ],
    random: (random) => `'${uuid(random).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}'`,
    only: "MariaDB",
  },
  {
    declared: "inet6",
    fixed: [
      "'::'",
      "'::1'",
      "'::ffff:1.2.3.4'",
      "'::1.2.3.4'",
      "'1::'",
      "'2001:db8::ff00:42:8329'",
      "'1:0:0:2:0:0:0:3'",
      "'0:1:0:1:0:1:0:1'",
    ],
    random: (random) => {
      const groups = Array.from({ length: 8 }, () => (random.below(2) === 0 ? "0" : random.below(65_536).toString(16)))
      return `'${groups.join(":")}'`
    },
    only: "MariaDB",
  },
  {
    declared: "inet4",
    fixed: ["'0.0.0.0'", "'255.255.255.255'"],
    random: (random) => `'${[...random.bytes(4)].join(".")}'`,
    only: "MariaDB",
  },
]

/** Every type that a source knows. */
export const logTypes: ReadonlyArray<LogType> = [
  ...(["tinyint", "smallint", "mediumint", "int", "bigint"] as const).flatMap((bare, place) => {
    const bits = [8, 16, 24, 32, 64][place] ?? 8
    return [
      whole(bare, bits, false),
      whole(`${bare} unsigned`, bits, true),
      whole(`${bare}(9) unsigned zerofill`, bits, true),
    ]
  }),
  { declared: "tinyint(1)", fixed: ["0", "1", "-5", "7"], random: (random) => String(random.below(3)) },
  { declared: "year", fixed: ["1901", "2155", "0", "2000"], random: (random) => String(1901 + random.below(254)) },
  ...[
    [65, 30],
    [65, 0],
    [9, 0],
    [9, 9],
    [10, 2],
    [18, 9],
    [19, 10],
    [1, 0],
    [5, 4],
    [38, 19],
  ].map(([precision = 1, scale = 0]) => decimal(precision, scale)),
  decimal(8, 2, " zerofill"),
  decimal(12, 3, " unsigned"),
  ...reals,
  {
    declared: "date",
    fixed: ["'0000-00-00'", "'2024-00-00'", "'1000-01-01'", "'9999-12-31'"],
    random: (random) => `'${day(random, 0, 9999)}'`,
  },
  ...times,
  ...texts,
  ...bytes,
  ...sets,
  ...shapes,
  ...documents,
  ...addresses,
]
