import type { Code } from "@starbase-replication/core/source"

/** SQLSTATE, whole or its class, to code. */
const sqlStates = new Map<string, Code>(
  Object.entries({
    "08": "unreachable",
    "0A": "unsupported",
    "22": "unsupported",
    "22003": "invalid-config",
    "22007": "invalid-config",
    "22008": "invalid-config",
    "22023": "invalid-config",
    "22P02": "invalid-config",
    "22P03": "invalid-config",
    "25006": "unsupported",
    "25P03": "timeout",
    "25P04": "timeout",
    "28": "unauthorized",
    "3D000": "table-missing",
    "3F000": "table-missing",
    "40": "source-busy",
    "42501": "forbidden",
    "42703": "column-missing",
    "42710": "source-busy",
    "42725": "unsupported",
    "42804": "unsupported",
    "42846": "unsupported",
    "42883": "unsupported",
    "42P01": "table-missing",
    "42P22": "unsupported",
    "53": "source-busy",
    "53300": "rate-limited",
    "54": "unsupported",
    "55": "source-busy",
    "57": "source-busy",
    "57014": "timeout",
    "57P04": "table-missing",
    "58": "source-busy",
    "72": "source-busy",
    HV: "source-busy",
  } satisfies Record<string, Code>),
)

/** What PostgreSQL's code of an error means to a source: by the code's own row, else by its class; undefined without either. */
export const codeOfSqlState = (state: string): Code | undefined =>
  sqlStates.get(state) ?? sqlStates.get(state.slice(0, 2))
