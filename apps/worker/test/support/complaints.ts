/** What a Worker logged beside that it did something, and what speaks against a cursor. */
export const complaintsIn = (logs: ReadonlyArray<string>): ReadonlyArray<string> =>
  logs.filter((line) => !line.includes('"level":"info"') && !line.includes('"event":"table.caution"'))
