import type { Checked, EffectiveConfig, History, Status } from "../src/internal/routes/answers.ts"

/** The answers of the API, as its own schemas say. */
export type Status = typeof Status.Type
export type Table = Status["tables"][number]
export type Source = Status["sources"][number]
export type Problem = NonNullable<Table["error"]>
export type History = typeof History.Type
export type Run = History["runs"][number]
export type Config = typeof EffectiveConfig.Type
export type Check = (typeof Checked.Type)["tables"][number]
