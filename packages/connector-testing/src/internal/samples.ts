import type { Kind } from "../Tables.ts"

/** Values of each kind that are easily lost, rounded or misplaced, in the kind's order where `isOrdered`. */
export const samples: Readonly<Record<Kind, { readonly isOrdered: boolean; readonly values: ReadonlyArray<string> }>> =
  {
    integer: {
      isOrdered: true,
      values: [
        "-9223372036854775808",
        "-9007199254740993",
        "-10",
        "-9",
        "-1",
        "0",
        "1",
        "9",
        "10",
        "100",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775807",
      ],
    },
    decimal: {
      isOrdered: true,
      values: [
        "-12345678901234567890.0123456789",
        "-10.0000000000",
        "-9.5000000000",
        "0.0000000000",
        "0.0000000001",
        "9.0000000000",
        "10.0000000000",
        "12345678901234567890.0123456788",
        "12345678901234567890.0123456789",
      ],
    },
    real: {
      isOrdered: true,
      values: ["-10.5", "-9.25", "0.1", "0.3", "0.30000000000000004", "9.5", "10.5", "123456789.12345679"],
    },
    boolean: { isOrdered: true, values: ["0", "1"] },
    // No two of them are equal in any collation, and where they stand is the collation's affair.
    text: {
      isOrdered: false,
      values: [
        "",
        "!",
        "10",
        "9",
        "B",
        "a",
        "c",
        "ö",
        "é",
        "z",
        "\u{1F600}",
        "'",
        '"',
        "\\",
        '\\"',
        "a,b",
        "(x)",
        "{x}",
        "x.y:z",
        "%",
        "_",
        "null",
        "100%_",
        "line\nbreak",
      ],
    },
    longText: {
      isOrdered: false,
      values: [
        "",
        " ",
        "  padded  ",
        "tab\tline\nreturn\r\\",
        "\u{1F600} e\u0301 \u{10FFFF} \u2028",
        "x".repeat(70_000),
      ],
    },
    uuid: {
      isOrdered: true,
      values: [
        "00000000-0000-0000-0000-000000000000",
        "0fffffff-0000-4000-8000-000000000000",
        "7fffffff-ffff-4fff-bfff-ffffffffffff",
        "80000000-0000-4000-8000-000000000000",
        "f0000000-0000-4000-8000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
      ],
    },
    binary: {
      isOrdered: true,
      values: ["", "00", "0000", "01", "22", "27", "5c", "7f", "80", "c3a9", "ff", "ff00", "ffff"],
    },
    date: { isOrdered: true, values: ["1000-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"] },
    timestamp: {
      isOrdered: true,
      values: [
        "1000-01-01T00:00:00.000000",
        "1969-12-31T23:59:59.999999",
        "2024-01-01T00:00:00.000001",
        "2024-01-01T00:00:00.000002",
        "2024-07-01T12:00:00.123456",
        "9999-12-31T23:59:59.999999",
      ],
    },
    timestamptz: {
      isOrdered: true,
      values: [
        "1970-01-02T00:00:00.000001Z",
        "2024-01-01T00:00:00.000000Z",
        "2024-01-01T00:00:00.000001Z",
        "2024-01-01T00:00:00.000002Z",
        "2024-07-01T12:00:00.123456Z",
        "2037-12-31T23:59:59.999999Z",
      ],
    },
  }

/** The numbers from 0 to below a count. */
export const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

/** The same in an order of its own, in which a table is filled: no source may rest on it. */
export const shuffled = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => {
  const stride = [7, 11, 13, 17].find((one) => values.length % one !== 0) ?? 1
  return values.map((_, index) => values[(index * stride + 3) % values.length] as A)
}

/** A moment with so many microseconds after the beginning of 2024. */
export const moment = (micros: number): string => {
  const seconds = Math.floor(micros / 1_000_000)
  return `${new Date(Date.UTC(2024, 0, 1) + seconds * 1000).toISOString().slice(0, 19)}.${String(micros % 1_000_000).padStart(6, "0")}Z`
}
