/** What to say of columns that look as if they held personal data, and of which the config says nothing. */
export const unmaskedNote = (columns: ReadonlyArray<string>): ReadonlyArray<string> =>
  columns.length === 0 ? [] : [`May hold personal data, which mask keeps out of the replica: ${columns.join(", ")}.`]
