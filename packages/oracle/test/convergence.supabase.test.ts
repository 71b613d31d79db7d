import { startSupabaseSubject } from "../src/supabase/subject.ts"
import { converges } from "./support/converge.ts"

converges("convergence.supabase.test.ts", startSupabaseSubject, 10)
