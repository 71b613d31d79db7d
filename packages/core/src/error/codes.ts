/** What follows from a failure by itself. */
export type Sequel =
  /** It may succeed without anyone's help: it is tried again, at growing distances. */
  | "retry"
  /** It needs someone's help, at a place that cannot be seen from here: it is tried again, at growing distances. */
  | "probe"
  /** It waits until its config is another one, or an operator lets it go on. */
  | "wait"
  /** Met in the midst of a run, the next run meets it as it is then; where no run can begin, it waits. */
  | "next-run"
  /** It is another run that stopped this one: nothing is noted, and that one's end counts. */
  | "other-run"

/** What an operator does about a failure, once all else that its hint names is done. */
export type Action =
  /** Allow the deletions that the guard has stopped. */
  | "confirm"
  /** Build the replica anew. */
  | "refresh"
  /** Let the table go on, which cannot know of what was mended elsewhere. */
  | "resume"

interface Meaning {
  /** Whether it concerns the source as a whole, so that none of its tables need be tried. */
  readonly scope: "source" | "table"
  readonly leadsTo: Sequel
  readonly action: Action | null
  /** What the person who must act should do, where the connector knows nothing better. */
  readonly hint: string
}

/** What may go wrong, by code, and what follows from it. */
export const codes = {
  /** The source could not be reached: name unknown, connection refused, reset or cut. */
  unreachable: {
    scope: "source",
    leadsTo: "retry",
    action: null,
    hint: "Check that the source is up and reachable from here, its host and its port.",
  },
  /** The source took longer than its timeout. */
  timeout: {
    scope: "table",
    leadsTo: "retry",
    action: null,
    hint: "Add an index on the cursor and key columns, lower batchSize, or raise the timeout.",
  },
  /** The source asked for a pause, or has no connection to spare. */
  "rate-limited": {
    scope: "source",
    leadsTo: "retry",
    action: null,
    hint: "It is tried again by itself; lower the rate if it keeps happening.",
  },
  /** The source gave up a statement for its own reasons (restart, deadlock, conflict, out of memory). */
  "source-busy": {
    scope: "table",
    leadsTo: "retry",
    action: null,
    hint: "It is tried again by itself; look at the source's log if it keeps happening.",
  },
  /** User, password or key refused. */
  unauthorized: {
    scope: "source",
    leadsTo: "probe",
    action: null,
    hint: "Check the user and the secret that the source's config names.",
  },
  /** Logged in, but not allowed to read. */
  forbidden: {
    scope: "table",
    leadsTo: "probe",
    action: null,
    hint: "Grant USAGE on the schema and SELECT on the table to the replication user.",
  },
  /** Encryption could not be agreed on, or the certificate was refused. */
  "tls-failed": {
    scope: "source",
    leadsTo: "probe",
    action: null,
    hint: "Check the source's tls setting and its certificate.",
  },
  /** The database, schema or table is not there, or not visible to this user. */
  "table-missing": {
    scope: "table",
    leadsTo: "probe",
    action: null,
    hint: "Check the name, and that the replication user may see it.",
  },
  /** A named column is not there. */
  "column-missing": {
    scope: "table",
    leadsTo: "next-run",
    action: null,
    hint: "Check the column's name in the config.",
  },
  /** The config is wrong; the message lists every problem with its path. */
  "invalid-config": { scope: "table", leadsTo: "wait", action: null, hint: "Mend the paths named in the message." },
  /** The table cannot be replicated as configured; the message says why. */
  unsupported: { scope: "table", leadsTo: "wait", action: null, hint: "See the message for what to change." },
  /** A table that a wildcard stands for cannot be replicated as it is. It is left out, and nobody has asked for it. */
  refused: {
    scope: "table",
    leadsTo: "wait",
    action: null,
    hint: "Name the table in the config, or leave it out with except.",
  },
  /** A table without a key is larger than it may be to be read whole. */
  "too-large": {
    scope: "table",
    leadsTo: "probe",
    action: null,
    hint: "Give the table a key at the source, or raise whole in its config.",
  },
  /** The table's columns or key changed at the source since the replica table was made. */
  "schema-changed": {
    scope: "table",
    leadsTo: "next-run",
    action: "refresh",
    hint: "Build the replica anew, as the table is at the source now.",
  },
  /** The key does not tell rows apart: two rows of the source have the same. */
  "key-not-unique": {
    scope: "table",
    leadsTo: "wait",
    action: null,
    hint: "Name columns in key that are unique together.",
  },
  /** More rows would leave the replica than the guard allows. */
  "delete-guard": {
    scope: "table",
    leadsTo: "next-run",
    action: "confirm",
    hint: "If they are really gone at the source, allow it: the next run then goes on. Else mend the source.",
  },
  /** The source's change log cannot be read as things are; the hint has the statements that the owner must run. */
  "log-unusable": {
    scope: "table",
    leadsTo: "probe",
    action: null,
    hint: "Do as the message says; it goes on by itself then.",
  },
  /** A run of this table is under way. */
  busy: { scope: "table", leadsTo: "other-run", action: null, hint: "Wait for the run that holds the table to end." },
  /** The run lost its lease to another and may write no more. */
  "lease-lost": { scope: "table", leadsTo: "other-run", action: null, hint: "Another run took over; nothing is lost." },
  /** A table of that name exists in the replica that this project did not make. */
  "table-not-ours": {
    scope: "table",
    leadsTo: "wait",
    action: null,
    hint: "Choose another `into`, or set adopt: true to take the table over.",
  },
  /** The replica's storage refused the write: full, or over a limit of the platform. */
  "storage-full": {
    scope: "table",
    leadsTo: "wait",
    action: "resume",
    hint: "Free space in the replica or select fewer columns and rows.",
  },
  /** The replica's storage failed otherwise. */
  storage: { scope: "table", leadsTo: "retry", action: null, hint: "It is tried again by itself." },
  /** The replica's storage holds the state of another release, in a form that this one does not know. */
  "store-unknown": {
    scope: "table",
    leadsTo: "probe",
    action: null,
    hint: "Deploy the release that it is from again, or a newer one.",
  },
  /** Anything that a connector could not classify. */
  unknown: {
    scope: "table",
    leadsTo: "retry",
    action: null,
    hint: "See the message; please report it if it keeps happening.",
  },
} as const satisfies Readonly<Record<string, Meaning>>

/** The code of a failure; see {@link codes} for what each means. */
export type Code = keyof typeof codes
