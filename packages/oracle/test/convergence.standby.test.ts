import { startStandbySubject } from "../src/postgres/subject.ts"
import { converges } from "./support/converge.ts"

converges("convergence.standby.test.ts", startStandbySubject, 10)
