import { startMariadbSubject } from "../src/mariadb/subject.ts"
import { converges } from "./support/converge.ts"

converges("convergence.mariadb.test.ts", startMariadbSubject, 20)
