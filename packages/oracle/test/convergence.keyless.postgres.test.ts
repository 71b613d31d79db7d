import { startPostgresSubject } from "../src/postgres/subject.ts"
import { keylessHistories } from "../src/WildHistory.ts"
import { converges } from "./support/converge.ts"

converges("convergence.keyless.postgres.test.ts", startPostgresSubject, 20, () => keylessHistories)
