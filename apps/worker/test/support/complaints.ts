/** What a Worker logged beside that it did something. */
export const complaintsIn = (logs: ReadonlyArray<string>): ReadonlyArray<string> =>
  logs.filter((line) => !line.includes('"level":"info"'))
