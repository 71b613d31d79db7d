import type { Code } from "@starbase-replication/core/source"

const byResult = new Map<string, Code>(
  Object.entries({
    SQLITE_ABORT: "source-busy",
    SQLITE_AUTH: "forbidden",
    SQLITE_BUSY: "source-busy",
    SQLITE_CANTOPEN: "source-busy",
    SQLITE_FULL: "source-busy",
    SQLITE_INTERRUPT: "source-busy",
    SQLITE_IOERR: "source-busy",
    SQLITE_LOCKED: "source-busy",
    SQLITE_NOMEM: "source-busy",
    SQLITE_PERM: "forbidden",
    SQLITE_PROTOCOL: "source-busy",
    SQLITE_SCHEMA: "source-busy",
  } satisfies Record<string, Code>),
)

/** What a result code of SQLite means, an extended one by its beginning. What is not known will not do the next time either. */
export const codeOfResult = (result: string): Code =>
  byResult.get(/^SQLITE_[A-Z]+/.exec(result)?.[0] ?? "") ?? "unsupported"
