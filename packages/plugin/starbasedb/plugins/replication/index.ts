import {
    ReplicationPlugin as Plugin,
    type ReplicationOptions,
} from '@starbase-replication/plugin'
import { connector as postgres } from '@starbase-replication/source-postgres'

/** The kinds of databases that this instance can pull from; the README has the others. */
export const connectors = [postgres] as const

/**
 * Pulls tables of an external database into this instance's own SQLite, and keeps
 * them up to date. All of it is in @starbase-replication/plugin.
 */
export class ReplicationPlugin extends Plugin<typeof connectors> {
    constructor(
        opts: Omit<ReplicationOptions<typeof connectors>, 'connectors'>
    ) {
        super({ ...opts, connectors })
    }
}
