declare const STARBASE_REPLICATION_VERSION: string
declare const STARBASE_REPLICATION_IS_RELEASED: boolean

/** The release, which the build writes in. */
export const version: string = STARBASE_REPLICATION_VERSION

/** The line that installs packages of this project; before the first release, what is to be done in its place. */
export const installLine = (...words: ReadonlyArray<string>): string =>
  STARBASE_REPLICATION_IS_RELEASED
    ? `npm install ${words.join(" ")}`
    : "pnpm pack:all   # in a checkout of starbase-replication, whose packages are not on the registry yet: it prints the npm install"
