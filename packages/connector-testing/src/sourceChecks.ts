import type { Check } from "./Check.ts"
import type { Subject } from "./internal/subject.ts"
import { changing } from "./source/changing.ts"
import { digests } from "./source/digests.ts"
import { discovery } from "./source/discovery.ts"
import { errors } from "./source/errors.ts"
import { filters } from "./source/filters.ts"
import { highest } from "./source/highest.ts"
import { keys } from "./source/keys.ts"
import { lookup } from "./source/lookup.ts"
import { memory } from "./source/memory.ts"
import { moments } from "./source/moments.ts"
import { names } from "./source/names.ts"
import { network } from "./source/network.ts"
import { paging } from "./source/paging.ts"
import { positions } from "./source/positions.ts"
import { resources } from "./source/resources.ts"
import { secrets } from "./source/secrets.ts"
import { summaries } from "./source/summaries.ts"
import { together } from "./source/together.ts"
import { transactions } from "./source/transactions.ts"
import { typedKeys } from "./source/typedKeys.ts"
import { values } from "./source/values.ts"
import { whole } from "./source/whole.ts"
import { writtenSince } from "./source/writtenSince.ts"

/** All that a source must keep to, as plain values; each runs with the source as its {@link Subject}. */
export const sourceChecks: ReadonlyArray<Check<Subject>> = [
  ...discovery,
  ...paging,
  ...keys,
  ...typedKeys,
  ...changing,
  ...together,
  ...filters,
  ...values,
  ...positions,
  ...lookup,
  ...highest,
  ...summaries,
  ...digests,
  ...transactions,
  ...writtenSince,
  ...moments,
  ...whole,
  ...errors,
  ...network,
  ...secrets,
  ...resources,
  ...memory,
  ...names,
]
