import { fileURLToPath } from "node:url"
import { createTestHarness } from "wrangler"

/** A Worker of the kit's `makeReader` on real workerd. */
export interface Reader {
  /** Reads a table by its name, which parameters for the Worker may follow; either there are rows, or an error. */
  readonly ask: (path: string) => Promise<{
    readonly rows: ReadonlyArray<ReadonlyArray<string | null>>
    readonly error: { readonly code: string; readonly message: string }
  }>
  readonly stop: () => Promise<void>
}

/** Starts the Worker whose module is at `main`, with these variables, at the compatibility date of StarbaseDB. */
export const startReader = async (main: URL, vars: Readonly<Record<string, string>>): Promise<Reader> => {
  const harness = createTestHarness({
    workers: [
      {
        config: {
          name: "reader",
          main: fileURLToPath(main),
          compatibility_date: "2024-09-25",
          compatibility_flags: ["nodejs_compat_v2"],
          vars,
        },
      },
    ],
  })
  await harness.listen()
  return {
    ask: async (path) => (await (await harness.fetch(path)).json()) as Awaited<ReturnType<Reader["ask"]>>,
    stop: () => harness.close(),
  }
}
