import { clean, cleanName } from "../print/clean.ts"
import type { Style } from "../print/style.ts"
import { table } from "../print/table.ts"
import { count, counted } from "../print/words.ts"
import type { Proposal } from "./Proposal.ts"

/** A proposal as a person reads it: a line a table, what to know of each, and what is left out and why. */
export const proposalLines = ({ leftOut, tables }: Proposal, style: Style): ReadonlyArray<string> => [
  ...table(
    [
      { title: "TABLE" },
      { title: "KEY" },
      { title: "CHANGES BY" },
      { title: "COLUMNS", align: "right" },
      { title: "INDEXES", align: "right" },
      { title: "ROWS, ABOUT", align: "right" },
    ],
    tables.map(({ changes, columns, entry, indexes, key, rows }) => [
      cleanName(entry.table),
      key.map(cleanName).join(", ") || "-",
      changes.by,
      count(columns),
      count(indexes.length),
      rows === undefined ? "-" : count(rows),
    ]),
    style,
  ),
  ...tables.flatMap(({ entry, notes }) =>
    notes.length === 0
      ? []
      : ["", style.bold(cleanName(entry.table)), ...notes.map((note) => `    ${style.yellow(clean(note))}`)],
  ),
  ...(leftOut.length === 0 ? [] : ["", `Left out, ${counted(leftOut.length, "table")}:`]),
  ...leftOut.map(({ table, why }) => `    ${style.bold(cleanName(table))}: ${clean(why)}`),
  "",
  `${counted(tables.length, "table")} can be replicated${leftOut.length === 0 ? "" : `, ${count(leftOut.length)} cannot as they are`}.`,
]
