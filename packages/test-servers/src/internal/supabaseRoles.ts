import type { PostgresDatabase } from "../PostgresServer.ts"

const roles = ["anon", "authenticated", "service_role"]

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Makes the roles of Supabase, and the schemas that are not there. As on Supabase, the roles may use the schemas and
 * nothing in them: a test grants what it needs.
 */
export const makeRoles = async (database: PostgresDatabase, schemas: ReadonlyArray<string>): Promise<void> => {
  for (const role of roles) {
    await makeRole(database, role, `NOLOGIN ${role === "service_role" ? "BYPASSRLS" : ""}`)
  }
  for (const schema of schemas) {
    await database.query(`
      CREATE SCHEMA IF NOT EXISTS ${quote(schema)};
      GRANT USAGE ON SCHEMA ${quote(schema)} TO ${roles.join(", ")};
    `)
  }
}

/** Makes the role that PostgREST logs in as, with the timeouts of a Supabase project. */
export const makeAuthenticator = async (database: PostgresDatabase, name: string, password: string): Promise<void> => {
  await makeRole(database, name, "LOGIN NOINHERIT")
  await database.query(`
    ALTER ROLE ${name} PASSWORD '${password}';
    GRANT ${roles.join(", ")} TO ${name};
    ALTER ROLE ${name} SET statement_timeout = '8s';
    ALTER ROLE authenticated SET statement_timeout = '8s';
    ALTER ROLE anon SET statement_timeout = '3s';
  `)
}

/** Roles are of the whole server, where another database may have them already. */
const makeRole = (database: PostgresDatabase, name: string, options: string) =>
  database.query(
    `DO $$ BEGIN CREATE ROLE ${name} ${options}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$`,
  )
