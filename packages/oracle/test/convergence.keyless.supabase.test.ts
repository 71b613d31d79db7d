import { startSupabaseSubject } from "../src/supabase/subject.ts"
import { keylessHistories } from "../src/WildHistory.ts"
import { converges } from "./support/converge.ts"

converges("convergence.keyless.supabase.test.ts", startSupabaseSubject, 10, () => keylessHistories)
