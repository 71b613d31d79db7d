import { ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Client } from "./client.ts"
import type { Settings } from "../Settings.ts"

const hasPolicies = { text: "SELECT name FROM pragma_table_list WHERE name = 'tmp_rls_policies'", values: [] }
const anyPolicy = { text: "SELECT 1 AS c0 FROM tmp_rls_policies LIMIT 1", values: [] }

/**
 * Fails where StarbaseDB's row level security may hide rows from the token, so that a row that is not found may still be
 * there. An instance without policies hides none.
 */
export const proveAbsence = (client: Client, { seesAllRows = false }: Settings): Effect.Effect<void, ConnectorError> =>
  Effect.gen(function* () {
    if (seesAllRows || (yield* client.query(hasPolicies)).length === 0) return
    if ((yield* client.query(anyPolicy)).length === 0) return
    return yield* new ConnectorError({
      code: "forbidden",
      message:
        "Rows are missing, but row level security may only hide them from the token: that they are gone is no proof",
      hint: 'Use the admin token, which sees every row, and say so with seesAllRows. Else set "deletes": "ignore" for the table.',
    })
  })
