import * as Effect from "effect/Effect"
import { register } from "./internal/register.ts"
import { SinkSubject } from "./internal/sinkSubject.ts"
import type { StartSink } from "./SinkHarness.ts"
import { sinkChecks } from "./sinkChecks.ts"

/**
 * Registers the tests that every sink must pass with vitest. Call it at the top level of a test file; `start` runs once,
 * before them.
 */
export const sinkSuite = (name: string, start: StartSink): void =>
  register(name, sinkChecks, start, (harness) => Effect.provideService(SinkSubject, harness))
