import type { Checked } from "../src/internal/routes/answers/check.ts"
import type { EffectiveConfig } from "../src/internal/routes/answers/config.ts"
import type { History } from "../src/internal/routes/answers/history.ts"
import type { Status } from "../src/internal/routes/answers/status.ts"

/** The answers of the API, as its own schemas say. */
export type Status = typeof Status.Type
export type Table = Status["tables"][number]
export type Source = Status["sources"][number]
export type Problem = NonNullable<Table["error"]>
export type History = typeof History.Type
export type Run = History["runs"][number]
export type Config = typeof EffectiveConfig.Type
export type Check = (typeof Checked.Type)["tables"][number]
export type { FleetSummary, ShownReplica } from "../src/FleetSummary.ts"
