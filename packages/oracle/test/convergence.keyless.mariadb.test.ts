import { startMariadbSubject } from "../src/mariadb/subject.ts"
import { keylessHistories } from "../src/WildHistory.ts"
import { converges } from "./support/converge.ts"

converges("convergence.keyless.mariadb.test.ts", startMariadbSubject, 12, () => keylessHistories)
