import { startPostgresSubject } from "../src/postgres/subject.ts"
import { converges } from "./support/converge.ts"

converges("convergence.postgres.test.ts", startPostgresSubject, 60)
