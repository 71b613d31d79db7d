import { sourceSuite } from "@starbase-replication/connector-testing"
import { startSupabaseLite } from "@starbase-replication/test-servers"
import { isUnordered, startSuite } from "./support/suite.ts"

sourceSuite(
  "Supabase's own small server",
  startSuite((database) => startSupabaseLite(database, { statementTimeout: 3000 }), {
    noBinary: "lite compares bytea with the text of the value",
    refuses: {
      // Lite takes the quotes around a name for a part of it, and knows no escapes in quotes.
      name: (name) => isUnordered(name) || !/^\w+$/.test(name),
      text: (text) => /["\\]/.test(text),
      key: (declared) => declared === "bytea",
    },
  }),
)
