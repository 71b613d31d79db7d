/** What a Worker logged beside that it did something. That it leaves stubs to the garbage collector is no complaint. */
export const complaintsIn = (logs: ReadonlyArray<string>): ReadonlyArray<string> =>
  logs.filter((line) => !line.includes('"level":"info"') && !line.startsWith("An RPC stub was not disposed"))
