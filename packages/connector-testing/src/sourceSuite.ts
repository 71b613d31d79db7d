import * as Effect from "effect/Effect"
import { register } from "./internal/register.ts"
import { Subject } from "./internal/subject.ts"
import type { StartSource } from "./SourceHarness.ts"
import { sourceChecks } from "./sourceChecks.ts"

/**
 * Registers the tests that every source must pass with vitest. Call it at the top level of a test file; `start` runs once,
 * before them.
 */
export const sourceSuite = (name: string, start: StartSource): void =>
  register(name, sourceChecks, start, (harness) => Effect.provideService(Subject, harness))
