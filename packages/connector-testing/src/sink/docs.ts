const page = "docs/adding-a-sink.md"

/** Where each topic is documented. */
export const docs = {
  values: `${page}#values`,
  apply: `${page}#apply`,
  atomicity: `${page}#atomicity`,
  lease: `${page}#lease`,
  limits: `${page}#limits`,
  rejects: `${page}#rejects`,
  states: `${page}#states`,
  drift: `${page}#refresh-and-drift`,
  comparing: `${page}#comparing`,
  whole: `${page}#tables-without-a-key`,
  ranges: `${page}#ranges`,
} as const
