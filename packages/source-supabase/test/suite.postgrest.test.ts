import { sourceSuite } from "@starbase-replication/connector-testing"
import { startPostgrest } from "@starbase-replication/test-servers"
import { isUnordered, startSuite } from "./support/suite.ts"

sourceSuite("PostgREST", startSuite(startPostgrest, { refuses: { name: isUnordered } }))
