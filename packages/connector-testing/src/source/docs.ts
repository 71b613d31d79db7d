const page = "docs/adding-a-source.md"

/** Where each topic is documented. */
export const docs = {
  discovery: `${page}#discovery`,
  paging: `${page}#paging`,
  together: `${page}#together`,
  filters: `${page}#filters`,
  values: `${page}#values`,
  positions: `${page}#positions`,
  lookup: `${page}#lookup`,
  highest: `${page}#highest`,
  summaries: `${page}#summaries`,
  digests: `${page}#digests`,
  transactions: `${page}#transactions`,
  writtenSince: `${page}#written-since`,
  whole: `${page}#whole-tables`,
  errors: `${page}#errors`,
  secrets: `${page}#secrets`,
  resources: `${page}#resources`,
  names: `${page}#names-and-values`,
} as const
