import type { Batch } from "@starbase-replication/core/sink"
import { ConnectorError, type Row, type Value } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { batches, runs, type SinkMutation } from "./change.ts"

const eachValue = (change: (value: string, name: string) => Value) =>
  batches((batch, { columns }) => ({
    ...batch,
    rows: batch.rows.map((row): Row =>
      row.map((value, place) => (value === null ? null : change(value, columns[place]?.name ?? ""))),
    ),
  }))

/** Applies the first row of a batch that is larger than a store may take before the others, as the change says. */
const cutting = (change: (part: Batch) => Batch) =>
  runs((run) => ({
    ...run,
    apply: (batch) =>
      batch.rows.join("").length < 1_000_000
        ? run.apply(batch)
        : Effect.andThen(
            run.apply(change({ ...batch, rows: batch.rows.slice(0, 1) })),
            run.apply({ ...batch, rows: batch.rows.slice(1) }),
          ),
  }))

const tooMuch = () => Effect.fail(new ConnectorError({ code: "storage", message: "too much" }))

export const writing: ReadonlyArray<SinkMutation> = [
  {
    name: "rounds integers",
    change: eachValue((value) => (/^-?\d{16,}$/.test(value) ? String(Number(value)) : value)),
    breaks: ["values: every type", "comparing: keys"],
  },
  {
    name: "sets aside what takes two megabytes as JSON",
    change: runs((run) => ({
      ...run,
      apply: (batch) =>
        run.apply({ ...batch, rows: batch.rows.filter((row) => JSON.stringify(row).length <= 2_000_000) }),
    })),
    breaks: ["limits: large values"],
  },
  {
    name: "takes a column called value for its own",
    change: runs((run, { columns }) =>
      columns.some(({ name }) => name === "value")
        ? { ...run, replica: { ...run.replica, present: (keys) => Effect.succeed(keys) } }
        : run,
    ),
    breaks: ["comparing: names"],
  },
  {
    name: "takes an empty text for NULL",
    change: eachValue((value) => (value === "" ? null : value)),
    breaks: ["values: every type"],
  },
  {
    name: "goes by the source's type alone",
    change: eachValue((value, name) => (name === "c" ? String(Number(value)) : value)),
    breaks: ["values: types that the config overrides"],
  },
  {
    name: "escapes values twice",
    change: eachValue((value) => value.replaceAll("'", "''")),
    breaks: ["values: hostile names and texts"],
  },
  {
    name: "folds the case of keys",
    change: eachValue((value, name) => (name === "a" ? value.toLowerCase() : value)),
    breaks: ["apply: keys of every kind"],
  },
  {
    name: "counts all rows as changed",
    change: runs((run) => {
      let read = 0
      return {
        ...run,
        apply: (batch) => {
          read += batch.rows.length
          return run.apply(batch)
        },
        finish: (outcome) => Effect.map(run.finish(outcome), (counts) => ({ ...counts, written: read })),
      }
    }),
    breaks: ["apply: rows come, change and go", "apply: the same batch twice", "apply: a run that finds nothing"],
  },
  {
    name: "deletes nothing",
    change: batches((batch) => ({ ...batch, deletes: [] })),
    breaks: ["apply: rows come, change and go", "apply: keys of every kind"],
  },
  {
    name: "keeps the first value of a position alone",
    change: batches((batch) => ({
      ...batch,
      position: { ...batch.position, after: batch.position.after?.slice(0, 1) ?? null },
    })),
    breaks: ["apply: the position"],
  },
  {
    name: "writes rows that are equal",
    change: runs((run, _, store) => ({
      ...run,
      apply: (batch) =>
        Effect.tap(run.apply(batch), () =>
          Effect.sync(() => {
            store.writes += batch.rows.length
          }),
        ),
    })),
    breaks: [
      "apply: the same batch twice",
      "apply: a run that finds nothing",
      "apply: a position that needs no write of its own",
    ],
  },
  {
    name: "notes every run",
    change: runs((run, plan, store) => ({
      ...run,
      finish: (outcome) =>
        Effect.tap(run.finish(outcome), () =>
          store.step(({ metas, history }) => {
            const meta = metas.get(plan.into)
            if (meta !== undefined) meta.lastRunAt = (meta.lastRunAt ?? 0) + 1
            const [last] = history
            if (last !== undefined) history.unshift({ ...last, written: 0 })
          }),
        ),
    })),
    breaks: ["apply: a run that finds nothing", "states: history"],
  },
  {
    name: "saves every position",
    change: batches((batch) => ({ ...batch, save: true })),
    breaks: ["apply: a position that needs no write of its own"],
  },
  {
    name: "saves the position before the rows",
    change: runs((run) => ({
      ...run,
      apply: (batch) => Effect.andThen(run.apply({ ...batch, rows: [], deletes: [] }), run.apply(batch)),
    })),
    breaks: [
      "atomicity: a step that fails",
      "atomicity: a step that fails in a first load",
      "atomicity: an answer that is lost",
      "atomicity: an answer that is lost in a first load",
    ],
  },
  {
    name: "deletes after it has saved the position",
    change: runs((run) => ({
      ...run,
      apply: (batch) => Effect.andThen(run.apply({ ...batch, deletes: [] }), run.apply(batch)),
    })),
    breaks: ["atomicity: a step that fails", "atomicity: an answer that is lost"],
  },
  {
    name: "saves the position with the first part of a batch that it cuts",
    change: cutting((part) => part),
    breaks: ["atomicity: a batch that is cut"],
  },
  {
    name: "makes up a position for each part of a batch that it cuts",
    change: cutting((part) => {
      const after = part.rows.at(-1)?.slice(0, 1).map(String) ?? null
      return { ...part, position: { ...part.position, after } }
    }),
    breaks: ["atomicity: a batch that is cut"],
  },
  {
    name: "gives a lost store up for good",
    change: runs((run) => ({
      ...run,
      apply: (batch) =>
        Effect.mapError(run.apply(batch), ({ message }) => new ConnectorError({ code: "storage-full", message })),
    })),
    breaks: ["atomicity: a step that fails"],
  },
  {
    name: "drops the old replica before it puts the new one in its place",
    change: runs((run, { into }, store) => {
      if (run.swap === undefined) return run
      const drop = store.step(({ tables }) => void tables.get(into)?.rows.clear())
      return { ...run, swap: Effect.andThen(drop, run.swap) }
    }),
    breaks: ["atomicity: a swap that fails"],
  },
  {
    name: "cuts a batch and forgets the rest",
    change: batches((batch) => ({ ...batch, rows: batch.rows.slice(0, 20) })),
    breaks: ["limits: wide rows", "apply: the same batch twice"],
  },
  {
    name: "fails for a row that is too large",
    change: runs((run) => ({
      ...run,
      apply: (batch) => (batch.rows.some((row) => row.join("").length > 1_500_000) ? tooMuch() : run.apply(batch)),
    })),
    breaks: ["limits: a row that is too large"],
  },
  {
    name: "fails for a wide table",
    change: runs((run, { columns }) => ({
      ...run,
      apply: (batch) => (columns.length > 90 ? tooMuch() : run.apply(batch)),
    })),
    breaks: ["limits: as many columns as there may be"],
  },
  {
    name: "drops what is set aside",
    change: batches((batch) => ({ ...batch, rejects: [] })),
    breaks: ["rejects: rows that the caller sets aside"],
  },
  {
    name: "fails for a row that is refused",
    change: runs((run, { into }, store) => ({
      ...run,
      apply: (batch) =>
        Effect.suspend(() => (store.data.tables.get(into)?.unique === undefined ? run.apply(batch) : tooMuch())),
    })),
    breaks: ["rejects: rows that the store refuses"],
  },
]
