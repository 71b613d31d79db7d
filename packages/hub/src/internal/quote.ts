/** A name in SQLite's double quotes. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text in SQLite's single quotes. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
