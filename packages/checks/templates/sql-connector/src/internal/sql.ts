import { type Dialect, quoteWith } from "@starbase-replication/sql-source"

/**
 * What differs from the SQL of others: see `Dialect`. This one quotes by the standard, has `?` for parameters, compares
 * rows as `(a, b) > (1, 2)`, and prints the numbers of a summary as texts.
 */
export const dialect: Dialect = {
  quote: quoteWith('"'),
  always: [],
  select: ({ sql }) => sql,
  bound: (_column, value, bind) => bind(value),
  rowValues: true,
  keyNumber: ({ sql, type }) => (type === "integer" ? sql : undefined),
  printNumber: (expression) => `CAST(${expression} AS VARCHAR(40))`,
}
