/** What is known of databases at a host; `docs/hosts.md` has a section of the same name for each. */
export interface Recipe {
  readonly name: string
  /** How its servers' names end, each with a leading dot. */
  readonly suffixes: ReadonlyArray<string>
  /** The types of source that read it, the best one first; none where it is not supported. */
  readonly types: ReadonlyArray<"postgres" | "mysql" | "supabase" | "libsql">
  /** Whose certificate its servers show: only a public authority's can be checked by a Worker. */
  readonly authority: "public" | "own" | "not known"
  /** How to reach it from a Worker. */
  readonly reach: string
  /** What to mind once it is reached. */
  readonly mind?: string
}

const straight = 'Set tls to "verify": a Worker reaches it without Hyperdrive'
const own = "Its certificate is of an authority of its own: go through Hyperdrive with"

/** Every host of which something is known. */
export const recipes: ReadonlyArray<Recipe> = [
  {
    name: "Supabase",
    suffixes: [".supabase.co", ".supabase.com"],
    types: ["supabase", "postgres"],
    authority: "own",
    reach:
      'A source of type "supabase" needs neither certificate nor Hyperdrive. For type "postgres", go through Hyperdrive with the certificate of the dashboard, to db.PROJECTREF.supabase.co:5432.',
  },
  {
    name: "Neon",
    suffixes: [".neon.tech"],
    types: ["postgres"],
    authority: "public",
    reach: `${straight}, with -pooler in its name or without.`,
    mind: "Pulls less than 5 minutes apart never let the compute sleep, which is billed.",
  },
  {
    name: "RDS and Aurora",
    suffixes: [".rds.amazonaws.com", ".rds.amazonaws.com.cn"],
    types: ["postgres", "mysql"],
    authority: "own",
    reach: `${own} the root of its region, one certificate and not the bundle, and let Cloudflare's addresses in. RDS Proxy and private instances take a Tunnel or a VPC Service as well.`,
    mind: "A paused Aurora resumes in 15 seconds and more: a first try may fail, and is made again.",
  },
  {
    name: "Cloud SQL",
    suffixes: [".sql.goog"],
    types: ["postgres", "mysql"],
    authority: "own",
    reach: `${own} the instance's server CA, and authorize Cloudflare's addresses.`,
  },
  {
    name: "Azure",
    suffixes: [".postgres.database.azure.com", ".mysql.database.azure.com"],
    types: ["postgres", "mysql"],
    authority: "public",
    reach: `${straight} if the firewall is open to all addresses; else go through Hyperdrive, whose addresses can be listed.`,
  },
  {
    name: "DigitalOcean",
    suffixes: [".db.ondigitalocean.com"],
    types: ["postgres", "mysql"],
    authority: "own",
    reach: `${own} the cluster's CA, at the port of the panel, with Cloudflare's IPv4 addresses among the trusted sources.`,
    mind: "The smallest have 22 connections: leave limits.concurrency at 1.",
  },
  {
    name: "PlanetScale",
    suffixes: [".psdb.cloud"],
    types: ["postgres", "mysql"],
    authority: "public",
    reach: `${straight}. Take all that begins with ssl out of its url, but for sslmode or ssl-mode.`,
    mind: 'MySQL there is Vitess, which ends a transaction after 20 seconds: set statementTimeout to "15 seconds".',
  },
  {
    name: "Railway",
    suffixes: [".rlwy.net", ".railway.internal"],
    types: ["postgres", "mysql"],
    authority: "own",
    reach: `${own} the server's own certificate, to the host and port of DATABASE_PUBLIC_URL. Names in railway.internal are private.`,
  },
  {
    name: "Fly",
    suffixes: [".fly.dev", ".flympg.net", ".flycast"],
    types: ["postgres"],
    authority: "not known",
    reach:
      'Managed Postgres has no public address: run cloudflared beside it and reach that through Hyperdrive. Your own at APP.fly.dev: give it an address and the pg_tls handler, and set tls to "verify".',
  },
  {
    name: "Render",
    suffixes: [".render.com"],
    types: ["postgres"],
    authority: "not known",
    reach:
      'Take the external URL and set tls to "verify"; where its certificate is refused, or the allow list is to stay closed, go through Hyperdrive.',
    mind: "It has no pooler: each pull is a connection of its own.",
  },
  {
    name: "Aiven",
    suffixes: [".aivencloud.com"],
    types: ["postgres", "mysql"],
    authority: "own",
    reach: `${own} the project's CA, at the port of the console.`,
    mind: "Small plans have 15 to 25 connections: leave limits.concurrency at 1.",
  },
  {
    name: "Crunchy Bridge",
    suffixes: [".postgresbridge.com"],
    types: ["postgres"],
    authority: "own",
    reach: `${own} the team's certificate, which its API gives at /teams/ID.pem.`,
  },
  {
    name: "Timescale",
    suffixes: [".tsdb.cloud.timescale.com", ".tsdb.forge.timescale.com"],
    types: ["postgres"],
    authority: "public",
    reach: `${straight} from half an hour after the service was made; before, its certificate is its own.`,
    mind: "Name hypertables, not their chunks. They are read whole, or by a cursor.",
  },
  {
    name: "Xata",
    suffixes: [".xata.tech"],
    types: ["postgres"],
    authority: "not known",
    reach: 'Set tls to "verify".',
    mind: "Pulls keep a branch awake that would scale to zero.",
  },
  {
    name: "Turso",
    suffixes: [".turso.io"],
    types: ["libsql"],
    authority: "public",
    reach: 'A source of type "libsql" reads it.',
  },
  {
    name: "CockroachDB",
    suffixes: [".cockroachlabs.cloud"],
    types: [],
    authority: "public",
    reach: "It speaks PostgreSQL's protocol, but is another database: it is not supported, and was not tried.",
  },
  {
    name: "TiDB Cloud",
    suffixes: [".tidbcloud.com"],
    types: [],
    authority: "public",
    reach: "It speaks MySQL's protocol, but is another database: it is not supported, and was not tried.",
  },
]

/** What is known of the host that keeps a server, by the server's name. */
export const recipeOf = (server: string): Recipe | undefined => {
  const name = server.toLowerCase().replace(/\.$/, "")
  return recipes.find(({ suffixes }) => suffixes.some((suffix) => name.endsWith(suffix)))
}

const page = "https://github.com/starbase-replication/starbase-replication/blob/main/docs/hosts.md"

/** Where all that is known of a host is told. */
export const recipeUrl = ({ name }: Recipe): string => `${page}#${name.toLowerCase().replaceAll(" ", "-")}`
