import { afterAll, beforeAll, it } from "vitest"
import type { AtSource, History, Run, Step, Write } from "../src/History.ts"
import { play } from "../src/Play.ts"
import { startPostgresSubject } from "../src/postgres/subject.ts"
import type { Shape } from "../src/Shape.ts"
import type { Subject } from "../src/Subject.ts"
import { startWorkerd, type Workerd } from "../src/Workerd.ts"

let subject: Subject
let workerd: Workerd
beforeAll(async () => {
  ;[subject, workerd] = await Promise.all([startPostgresSubject(), startWorkerd()])
})
afterAll(async () => {
  await Promise.all([subject?.stop(), workerd?.stop()])
})

const shape = (more: Partial<Shape> = {}): Shape => ({
  key: "integer",
  cursor: undefined,
  isCursorNullable: false,
  values: [],
  isCounted: false,
  deletes: "reconcile",
  drift: "follow",
  isFull: false,
  isFiltered: false,
  isRenamed: false,
  isIndexed: false,
  masked: undefined,
  batchSize: 1,
  overlaps: false,
  form: "plain",
  rows: 0,
  ...more,
})
const write = (session: number, one: Write): AtSource => ({ at: "source", session, write: one })
const put = (session: number, ...keys: ReadonlyArray<number>) =>
  write(session, { do: "put", keys, value: 0, isNull: true })
const set = (session: number, key: number) => write(session, { do: "put", keys: [key], value: 0, isNull: false })
const end = (session: number): AtSource => ({ at: "source", session, end: "commit" })
const run = (how: Run["how"], faults: Run["faults"] = [], more: Partial<Run> = {}): Run => ({
  how,
  millis: 0,
  rows: 1,
  faults,
  ...more,
})
const runs = (list: ReadonlyArray<Run>, more: Partial<Extract<Step, { readonly at: "replica" }>> = {}): Step => ({
  at: "replica",
  runs: list,
  wakes: false,
  picks: [],
  meanwhile: [],
  ...more,
})
const history = (steps: ReadonlyArray<Step>, more: Partial<Shape> = {}, wakesLate = false): History => ({
  shape: shape(more),
  steps,
  end: "commit",
  wakesLate,
  spoilings: [],
})
const whole = { millis: 20_000, rows: 100_000 }

/** What random histories have found, as small as it can be shown. */
const found: ReadonlyArray<readonly [string, History]> = [
  [
    "a sweep whose last page was not applied is not finished",
    history(
      [0, 4, 8, 9, 10, 11, 12, 13].map((at) => runs([run("post", [{ at, sink: "lost before" }])])),
      { rows: 1 },
    ),
  ],
  [
    "a column whose type changes while it is read is not taken for what it was",
    history(
      [3, 4, 5, 10, 11, 12, 13].flatMap((call, index) => [
        runs([run("refresh")], {
          meanwhile: [{ call, steps: [index % 2 === 0 ? write(0, { do: "change type", column: 0 }) : set(0, index)] }],
        }),
        write(0, { do: "add column", kind: "boolean" }),
        write(0, { do: "drop column", column: 0 }),
      ]),
      { values: ["boolean"], rows: 2 },
    ),
  ],
  [
    "a run that wakes up after the table was made by others does not make it anew",
    history([runs([run("refresh", [{ at: 4, sink: "stall after" }])])], { rows: 1 }, true),
  ],
  [
    "a run that wakes up does not take a table for somebody else's",
    history([runs([run("verify", [{ at: 5, sink: "stall after" }])])], {}, true),
  ],
  [
    "a transaction that ends between the question for transactions and the sweep is not synced by it",
    history(
      [
        runs([run("post", [], whole)], { meanwhile: [{ call: 0, steps: [put(1, 0)] }] }),
        put(0, 1),
        ...[5, 6, 7, 8].map((call) =>
          runs([run("post", [], whole)], { meanwhile: [{ call, steps: [end(1), put(1, 0)] }] }),
        ),
        end(1),
      ],
      { cursor: "sequence", deletes: "ignore", rows: 2 },
    ),
  ],
  [
    "a verification's second sweep knows the transactions that began since the run did",
    history(
      [
        runs([run("post", [], whole)]),
        runs([run("verify", [], whole)], { meanwhile: [{ call: 9, steps: [put(1, 5), put(0, 6)] }] }),
        runs([run("post", [], whole)]),
        end(1),
        runs([run("post", [], whole)]),
      ],
      { cursor: "sequence", deletes: "ignore", rows: 2, batchSize: 5000 },
    ),
  ],
  [
    "a run that stands still does not go on from a newer position with what it was told before",
    history(
      (["stall before", "stall after"] as const).flatMap((sink, round) => {
        const [low, high] = [round * 2 + 2, round * 2 + 3]
        return [
          runs([run("tick", [], whole)]),
          { at: "clock" as const, millis: 61_000 },
          runs([run("tick", [{ at: 4, sink }], whole)]),
          put(1, low),
          put(0, high),
          runs([run("post", [], whole)]),
          runs([], { wakes: true }),
          end(1),
          runs([run("post", [], whole)]),
        ]
      }),
      { cursor: "sequence", deletes: "ignore", rows: 2 },
    ),
  ],
  [
    "a confirmed reconciliation, and one that is not, goes on by itself",
    history([runs([run("tick", [], whole)]), write(0, { do: "truncate" }), put(0, 1), runs([run("post", [], whole)])], {
      rows: 120,
      batchSize: 50,
    }),
  ],
  [
    "a partition that is away while a page is read is read whole once it is back",
    history(
      [
        runs([run("post", [], whole)]),
        put(0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
        runs([run("post", [], whole)], {
          meanwhile: [
            { call: 5, steps: [write(0, { do: "rearrange", how: "detach" })] },
            { call: 10, steps: [write(0, { do: "rearrange", how: "attach" })] },
          ],
        }),
      ],
      { form: "partitioned", isCounted: true, deletes: "ignore", rows: 10, batchSize: 5000 },
    ),
  ],
  [
    "a table in whose place another one was while a page was read is read where it was not",
    history(
      [
        write(0, { do: "rearrange", how: "swap" }),
        runs([run("post", [], whole)]),
        put(0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
        { at: "clock", millis: 400_000 },
        runs([run("post", [], whole)], {
          meanwhile: [5, 10].map((call) => ({ call, steps: [write(0, { do: "rearrange", how: "swap" })] })),
        }),
      ],
      { isCounted: true, deletes: "ignore", rows: 10, batchSize: 5000 },
    ),
  ],
  [
    "a partition that comes while a verification is under way is not synced by its second sweep without being read",
    history(
      [
        write(0, { do: "rearrange", how: "detach" }),
        runs([run("post", [], whole)]),
        runs([run("post", [], whole)]),
        ...[6, 7, 8, 9, 10, 11, 12].flatMap((call) => [
          runs([run("verify", [], whole)], {
            meanwhile: [{ call, steps: [write(0, { do: "rearrange", how: "attach" })] }],
          }),
          write(0, { do: "rearrange", how: "detach" }),
          runs([run("refresh", [], whole)]),
        ]),
      ],
      { form: "partitioned", isCounted: true, deletes: "ignore", rows: 10, batchSize: 5000 },
    ),
  ],
  [
    "a source that failed before the clock was set back is asked again",
    history(
      [
        runs([run("tick")]),
        runs([run("post", [{ at: 0, source: { kind: "refuse" } }])]),
        { at: "clock", millis: -259_200_000 },
      ],
      { rows: 1 },
    ),
  ],
]

it.each(found)("%s", async (name, one) => {
  await play(subject, workerd.object(name), one)
})
