declare const STARBASE_REPLICATION_VERSION: string

/** The release, which the build writes in. */
export const version: string = STARBASE_REPLICATION_VERSION
