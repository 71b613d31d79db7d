/** How a database writes what every one of these shops has. */
interface Dialect {
  readonly quote: (name: string) => string
  readonly id: string
  readonly time: string
}

const postgres: Dialect = {
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  id: "bigint PRIMARY KEY",
  time: "timestamptz NOT NULL DEFAULT now()",
}
const mysql: Dialect = {
  quote: (name) => `\`${name.replaceAll("`", "``")}\``,
  id: "bigint PRIMARY KEY",
  time: "timestamp(6) NOT NULL DEFAULT now(6)",
}

/** Ordinary names, and ones that a config, a shell, a terminal or SQLite reads as something else. */
const names = [
  "customers orders order_lines products prices stock suppliers invoices payments addresses countries currencies users",
  "roles sessions events audit_log settings coupons reviews carts shipments returns taxes",
].flatMap((line) => line.split(" "))
const odd = [
  "odd name",
  "Übergrößen",
  "select",
  'we"ird',
  "dotted.name",
  "star*",
  "日本語",
  "-dash",
  "constructor",
  "__proto__",
  "excluded",
  "json_each",
  "tmp_jobs",
  "sqlite_stuff",
  "a'b",
  "ui",
  "status",
]
/** Each row of each of these is one of three. */
export const rowsEach = 3

const plainTable = ({ id, quote, time }: Dialect, name: string): ReadonlyArray<string> => [
  `CREATE TABLE ${quote(name)} (id ${id}, note varchar(50), updated_at ${time})`,
  `INSERT INTO ${quote(name)} (id, note) VALUES (1, 'a'), (2, NULL), (9223372036854775807, 'c')`,
]

const columns = Array.from({ length: 120 }, (_, index) => `c${index} int`).join(", ")

const shared = (dialect: Dialect): ReadonlyArray<string> => [
  ...[...names, ...odd].flatMap((name) => plainTable(dialect, name)),
  `CREATE TABLE wide (id ${dialect.id}, ${columns})`,
  "INSERT INTO wide (id, c0, c119) VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3)",
  "CREATE TABLE pairs (b int, a varchar(20), v text, PRIMARY KEY (a, b))",
  "CREATE INDEX pairs_by_b ON pairs (b, a)",
  "INSERT INTO pairs VALUES (1, 'x', 'one'), (2, 'x', 'two'), (1, 'y', 'three')",
  "CREATE TABLE keyless (a int, b int)",
  "INSERT INTO keyless VALUES (1, 1), (1, 1), (2, 2)",
  "CREATE VIEW order_view AS SELECT id, note FROM orders",
]

/** Tables that can be replicated as the shop has them, by the names that their replicas get; each has three rows. */
export const replicable: ReadonlyArray<string> = [...names, ...odd, "wide", "pairs"]

/** The shop in PostgreSQL. */
export const postgresShop: ReadonlyArray<string> = [
  ...shared(postgres),
  ...plainTable(postgres, "Orders"),
  `CREATE TABLE twins (id ${postgres.id}, "A" int, a int)`,
  "INSERT INTO twins VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3)",
  ...plainTable(postgres, "ev\u202eil"),
  "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
  "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100)",
  "INSERT INTO parted VALUES (1), (2), (3)",
  "CREATE TABLE no_columns ()",
  "CREATE SCHEMA other",
  "CREATE TABLE other.orders (id int PRIMARY KEY)",
  "INSERT INTO other.orders VALUES (1), (2), (3)",
  "ANALYZE",
]

/** The shop in MySQL. */
export const mysqlShop: ReadonlyArray<string> = [...shared(mysql), "ANALYZE TABLE orders"]
