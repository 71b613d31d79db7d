/** The kinds of tables that are loaded. */
export const kinds = ["mixed", "narrow", "wide", "fat"] as const
export type Kind = (typeof kinds)[number]

/** A table to load. */
export interface BenchTable {
  readonly kind: Kind
  readonly rows: number
  readonly label: string
  /** Makes and fills it in PostgreSQL. */
  readonly postgres: string
  /** Makes the table that a floor fills. */
  readonly sqlite: string
}

const mixedRow = `i, 'customer ' || i, round(i * 1.01, 2), i / 7.0, i % 2 = 0,
  timestamptz '2024-01-01 00:00:00.123456+00' + i * interval '1.000001 seconds',
  md5(i::text)::uuid, 'a note of some length that says nothing at all about ' || i`

const mixedSqlite = `CREATE TABLE mixed (id INTEGER PRIMARY KEY, name TEXT, amount TEXT, ratio REAL, active TEXT,
  updated_at TEXT, ref TEXT, note TEXT)`

/** Eight columns of several types, about 180 bytes. */
export const mixed = (rows: number, name = "mixed"): BenchTable => ({
  kind: "mixed",
  rows,
  label: "mixed, 8 columns, 180 bytes",
  postgres: `CREATE TABLE ${name} (id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12,2), ratio float8,
      active boolean, updated_at timestamptz NOT NULL, ref uuid, note text);
    INSERT INTO ${name} SELECT ${mixedRow} FROM generate_series(1, ${rows}) i;`,
  sqlite: mixedSqlite,
})

/** Three integers. */
const narrow = (rows: number): BenchTable => ({
  kind: "narrow",
  rows,
  label: "narrow, 3 integers",
  postgres: `CREATE TABLE narrow (id integer PRIMARY KEY, a integer, b integer);
    INSERT INTO narrow SELECT i, i * 7 % 1000003, i % 100 FROM generate_series(1, ${rows}) i;`,
  sqlite: "CREATE TABLE narrow (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER)",
})

const wideTypes = ["integer", "text", "double precision"] as const
const wideValues = ["i + ", "'text ' || i + ", "i / 3.0 + "] as const
const sqliteTypes = ["INTEGER", "TEXT", "REAL"] as const

/** Sixty columns, by turns integers, texts and doubles. */
const wide = (rows: number): BenchTable => {
  const places = Array.from({ length: 59 }, (_, place) => place)
  return {
    kind: "wide",
    rows,
    label: "wide, 60 columns",
    postgres: `CREATE TABLE wide (id integer PRIMARY KEY, ${places.map((at) => `c${at} ${wideTypes[at % 3]}`).join(", ")});
      INSERT INTO wide SELECT i, ${places.map((at) => `${wideValues[at % 3]}${at}`).join(", ")}
      FROM generate_series(1, ${rows}) i;`,
    sqlite: `CREATE TABLE wide (id INTEGER PRIMARY KEY, ${places.map((at) => `c${at} ${sqliteTypes[at % 3]}`).join(", ")})`,
  }
}

/** A document of 100 kB in each row; not compressed, so that the source has only to read it. */
export const fat = (rows: number): BenchTable => ({
  kind: "fat",
  rows,
  label: "fat, 100 kB of json",
  postgres: `CREATE TABLE fat (id integer PRIMARY KEY, body json);
    ALTER TABLE fat ALTER body SET STORAGE EXTERNAL;
    INSERT INTO fat SELECT i, ('{"items": [' || repeat('{"name": "item", "price": 12.5}, ', 3100) || i || ']}')::json
    FROM generate_series(1, ${rows}) i;`,
  sqlite: "CREATE TABLE fat (id INTEGER PRIMARY KEY, body TEXT)",
})

/** One table of each kind, sized by the number of rows of the large ones. */
export const tablesOf = (rows: number): Readonly<Record<Kind, BenchTable>> => ({
  mixed: mixed(rows),
  narrow: narrow(rows),
  wide: wide(Math.ceil(rows / 10)),
  fat: fat(Math.ceil(rows / 500)),
})

/** Makes and fills the table `mixed` in MariaDB. */
export const mariadbMixed = (rows: number): string => `
  CREATE TABLE mixed (id bigint PRIMARY KEY, name varchar(40) NOT NULL, amount decimal(12,2), ratio double,
    active tinyint(1), updated_at timestamp(6) NOT NULL, ref char(36), note varchar(100)) CHARACTER SET utf8mb4;
  SET time_zone = '+00:00';
  INSERT INTO mixed SELECT seq, concat('customer ', seq), round(seq * 1.01, 2), seq / 7e0, seq % 2 = 0,
    timestamp '2024-01-01 00:00:00.123456' + INTERVAL seq SECOND,
    insert(insert(insert(insert(md5(seq), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'),
    concat('a note of some length that says nothing at all about ', seq)
  FROM seq_1_to_${rows};
  ANALYZE TABLE mixed;`
