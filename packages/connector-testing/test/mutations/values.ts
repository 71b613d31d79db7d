import * as Effect from "effect/Effect"
import { givesValues, type Mutation } from "./change.ts"

const milliseconds = (value: string): string => value.replace(/\d{3}(Z?)$/, "000$1")
const throughNumber = (value: string): string => String(Number(value))
const times = ["timestamp", "timestamptz"]

export const values: ReadonlyArray<Mutation> = [
  {
    name: "rounds microseconds",
    change: givesValues(milliseconds, times),
    breaks: [
      "paging: keys of the kind timestamp",
      "paging: keys of the kind timestamptz",
      "paging: ties across page edges",
      "values: the declared types, on scans by key",
      "values: every kind of value",
    ],
  },
  {
    name: "rounds microseconds in reads by cursor alone",
    change: (source) => {
      const rounding = givesValues(milliseconds, times)
      return {
        ...source,
        read: (request) =>
          request.order.length > 1 ? rounding(source, settingsOfNone).read(request) : source.read(request),
      }
    },
    breaks: ["values: the declared types, on reads by cursor"],
  },
  {
    name: "prints bytes in upper case, in lookup alone",
    change: (source) => ({
      ...source,
      lookup: givesValues((value) => value.toUpperCase(), ["blob"])(source, settingsOfNone).lookup,
    }),
    breaks: ["values: the declared types, through lookup", "paging: keys of the kind binary"],
  },
  {
    name: "reads integers as doubles",
    change: givesValues(throughNumber, ["integer"]),
    breaks: ["paging: keys of the kind integer", "values: every kind of value"],
  },
  {
    name: "reads decimals as doubles",
    change: givesValues(throughNumber, ["decimal"]),
    breaks: ["paging: keys of the kind decimal"],
  },
  {
    name: "prints doubles with 15 digits",
    change: givesValues((value) => String(Number(Number(value).toPrecision(15))), ["real"]),
    breaks: ["paging: keys of the kind real"],
  },
  {
    name: "folds the case of text",
    change: givesValues((value) => value.toLowerCase(), ["text"]),
    breaks: ["paging: keys of the kind text"],
  },
  {
    name: "prints UUIDs in upper case",
    change: givesValues((value) => (/^[0-9a-f-]{36}$/.test(value) ? value.toUpperCase() : value), ["text"]),
    breaks: ["paging: keys of the kind uuid"],
  },
  {
    name: "reads bytes as UTF-8",
    change: givesValues((value) => Buffer.from(Buffer.from(value, "hex").toString()).toString("hex"), ["blob"]),
    breaks: ["paging: keys of the kind binary", "values: every kind of value"],
  },
  {
    name: "moves dates by its time zone",
    change: givesValues(
      (value) => new Date(Date.parse(`${value}T00:00:00Z`) - 3_600_000).toISOString().slice(0, 10),
      ["date"],
    ),
    breaks: ["paging: keys of the kind date"],
  },
  {
    name: "trims text",
    change: givesValues((value) => value.trim(), ["text"]),
    breaks: ["values: every kind of value"],
  },
  {
    name: "takes an empty text for NULL",
    change: (source) => ({
      ...source,
      read: (request) =>
        Effect.map(source.read(request), (page) => ({
          ...page,
          rows: page.rows.map((row) => row.map((value) => (value === "" ? null : value))),
        })),
    }),
    breaks: ["values: every kind of value"],
  },
]

/** For a change that does not look at them. */
const settingsOfNone = { host: "", port: 0, password: "", database: "", timeoutMillis: 0 }
