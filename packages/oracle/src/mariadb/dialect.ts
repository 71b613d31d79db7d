import type { Column, Dialect } from "../Dialect.ts"

const text = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`

/** Types are named as MariaDB's COLUMN_TYPE prints them. */
export const dialect: Dialect = {
  kinds: {
    integer: { type: "int(11)", values: ["0", "1", "-5", "2147483647", "-2147483648", null] },
    bigint: { type: "bigint(20) unsigned", values: ["0", "9007199254740993", "18446744073709551615", null] },
    text: {
      type: "text",
      values: [
        "",
        "a",
        "NULL",
        'it\'s "so"',
        "line\nbreak\ttab \u0001\\",
        "é ß 😀 \u202e",
        "[1,2]",
        "x".repeat(3000),
        null,
      ],
    },
    varchar: { type: "varchar(4000)", values: ["a", "5", "true", "0x1F", "1e5", " padded ", null] },
    numeric: { type: "decimal(40,10)", values: ["0", "1.1", "-0.5", "12345678901234567890.0123456789", null] },
    boolean: { type: "tinyint(1)", values: ["1", "0", "-128", null] },
    double: { type: "double", values: ["0", "0.1", "1e300", "2.2250738585072014e-308", "-123456.789", null] },
    timestamptz: { type: "timestamp(6)", values: ["2026-01-01 00:00:00", "2038-01-19 03:14:07.999999", null] },
    timestamp: {
      type: "datetime(6)",
      values: ["2026-01-01 00:00:00", "9999-12-31 23:59:59.999999", "1000-01-01", null],
    },
    date: { type: "date", values: ["2026-02-28", "1000-01-01", "9999-12-31", null] },
    bytes: { type: "varbinary(100)", values: ["", "00ff", "27225c", null] },
    json: { type: "json", values: ["null", "{}", '{"a": [1, 12345678901234567890, "x\\"\\u00e9"]}', "true", null] },
    uuid: {
      type: "uuid",
      values: ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff", null],
    },
    integers: { type: "mediumint(9)", values: ["0", "8388607", "-8388608", null] },
  },
  keys: {
    integer: "k int(11)",
    bigint: "k bigint(20)",
    text: "k varchar(100)",
    uuid: "k uuid",
    composite: "k int(11), k2 varchar(100)",
    numeric: "k decimal(20,5)",
    identity: "k bigint(20) AUTO_INCREMENT",
    none: "k int(11) NULL",
    nullable: "k int(11) NULL",
  },
  cursors: { timestamptz: "timestamp(6)", timestamp: "datetime(6)", date: "date", sequence: "bigint(20)" },
  now: (cursor, table) => {
    const now = {
      timestamptz: "now(6)",
      timestamp: "utc_timestamp(6)",
      date: "utc_date()",
      sequence: `nextval(${table}_s)`,
    }
    return now[cursor]
  },
  changes: {
    "int(11)": ["bigint(20) unsigned", "text", "decimal(40,10)", "double"],
    "bigint(20) unsigned": ["decimal(40,10)", "text"],
    text: ["varchar(4000)"],
    "varchar(4000)": ["text"],
    "decimal(40,10)": ["text"],
    "tinyint(1)": ["text", "int(11)"],
    double: ["text"],
    "timestamp(6)": ["text", "datetime(6)"],
    "datetime(6)": ["text", "timestamp(6)"],
    date: ["text", "datetime(6)"],
    uuid: ["text"],
    "mediumint(9)": ["int(11)", "text"],
  },
  keyChanges: { "int(11)": "bigint(20)", "bigint(20)": "varchar(100)", uuid: "varchar(100)" },
  keyText: (value) => value,
  text,
  cast: (value) => value,
  literal: (value, type) => {
    if (value === null) return "NULL"
    return type.startsWith("varbinary") ? `x'${value}'` : text(value)
  },
  uuid: (number) => `insert(insert(insert(insert(md5('${number}'), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')`,
  concat: (left, right) => `concat(${left}, ${right})`,
  create: (table, columns) => `CREATE SEQUENCE ${table}_s CACHE 1; CREATE TABLE ${table} (${columns.join(", ")})`,
  drop: (table) => `DROP TABLE ${table}; DROP SEQUENCE ${table}_s`,
  written: (table) => table,
  rearrange: () => undefined,
  respelled: () => undefined,
  isSame: (name, sql) => `${name} <=> ${sql}`,
  one: (_, condition) => `WHERE ${condition} LIMIT 1`,
  upsert: (table, key, others) => {
    const all = [...key, ...others]
    const update = others.map(([name]) => `${name} = VALUES(${name})`).join(", ")
    return (
      `INSERT ${others.length === 0 ? "IGNORE " : ""}INTO ${table} (${all.map(([name]) => name).join(", ")})` +
      ` VALUES (${all.map(([, sql]) => sql).join(", ")})${others.length === 0 ? "" : ` ON DUPLICATE KEY UPDATE ${update}`}`
    )
  },
  insertDefaults: (table) => `INSERT INTO ${table} () VALUES ()`,
  changeType: (table, column, type) =>
    `ALTER TABLE ${table} MODIFY ${column} ${type} ${column === "k" ? "NOT NULL" : "NULL"}`,
  changeKey: (table, order) => `ALTER TABLE ${table} DROP PRIMARY KEY, ADD PRIMARY KEY (${order})`,
  cell: ({ name, type }: Column) => {
    if (/^(?:int|bigint|tinyint|mediumint)\b/.test(type)) {
      return type.includes("unsigned")
        ? `concat(if(${name} > 9223372036854775807, 't:', 'i:'), ${name})`
        : `concat('i:', ${name})`
    }
    if (type === "double") return `concat('r:', ${name})`
    if (type.startsWith("varbinary")) return `concat('b:', lower(hex(${name})))`
    if (type === "timestamp(6)") return `concat('t:', date_format(${name}, '%Y-%m-%dT%H:%i:%s.%fZ'))`
    if (type === "datetime(6)") return `concat('t:', date_format(${name}, '%Y-%m-%dT%H:%i:%s.%f'))`
    return `concat('t:', ${name})`
  },
}
