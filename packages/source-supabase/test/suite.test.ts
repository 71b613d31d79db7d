import { sourceSuite, without } from "@starbase-replication/connector-testing"
import { isUnordered, startSuite } from "./support/suite.ts"

sourceSuite(
  "Supabase's own small server",
  startSuite("lite", () => ({
    noBinary: "lite compares bytea with the text of the value",
    refuses: {
      // Lite takes the quotes around a name for a part of it, and knows no escapes in quotes.
      name: (name) => isUnordered(name) || !/^\w+$/.test(name),
      text: (text) => /["\\]/.test(text),
    },
  })),
)

sourceSuite(
  "PostgREST's grammar",
  startSuite("postgrest", () => ({
    refuses: { name: isUnordered },
    forbid: without("this server reads as the database's owner"),
    slow: without("this server waits for one statement after the other"),
  })),
)
