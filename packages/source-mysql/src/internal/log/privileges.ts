import type { Row } from "@starbase-replication/core/source"

/** Who asks, and who may do what with the log. A user sees its own privileges, an administrator those of all. */
export const privilegesStatement = `
  SELECT CURRENT_USER() AS one, NULL AS two
  UNION ALL
  SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES
  WHERE PRIVILEGE_TYPE IN ('REPLICATION SLAVE', 'REPLICATION CLIENT', 'BINLOG MONITOR')`

/** What the user may do by privileges of its own; roles may give more. */
export interface Privileges {
  readonly mayRead: boolean
  readonly maySeeFilters: boolean
}

/** A user's name and host, of which the name may have an @ in it. */
export const partsOf = (user: string): readonly [name: string, host: string] => {
  const place = user.lastIndexOf("@")
  return place < 0 ? [user, "%"] : [user.slice(0, place), user.slice(place + 1)]
}

/** What {@link privilegesStatement} gave. */
export const readPrivileges = ([first, ...rows]: ReadonlyArray<Row>): Privileges => {
  const grantee = partsOf(first?.[0] ?? "")
    .map((part) => `'${part}'`)
    .join("@")
  const has = (...names: ReadonlyArray<string>) =>
    rows.some(([whose, what]) => whose === grantee && what !== null && what !== undefined && names.includes(what))
  return { mayRead: has("REPLICATION SLAVE"), maySeeFilters: has("REPLICATION CLIENT", "BINLOG MONITOR") }
}

/** Asks which databases are in the log, and which are not; the statement and how many columns its answer has. */
export const filtersStatement = (kind: "mariadb" | "mysql", version: string): readonly [string, number] => {
  if (kind === "mariadb") return ["SHOW MASTER STATUS", 4]
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return [major > 8 || (major === 8 && minor >= 4) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS", 5]
}

/** The databases of which alone changes are in the log, or none, as {@link filtersStatement} gave them. */
export const readFilters = ([row]: ReadonlyArray<Row>): string | undefined => {
  const [, , only = "", never = ""] = row ?? []
  if (only) return `binlog_do_db is ${only}`
  return never ? `binlog_ignore_db is ${never}` : undefined
}
