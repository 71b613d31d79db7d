/**
 * The one function through which a hub's database is reached: the sink's. Several statements without parameters are one call,
 * of which the last one's rows come.
 */
export type Execute = (
  sql: string,
  params: ReadonlyArray<string | null>,
) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
