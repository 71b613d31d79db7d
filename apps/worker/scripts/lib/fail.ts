import { legibleLines } from "@starbase-replication/plugin"

/** A mistake of the user's: its message is all that is shown. */
export class UserError extends Error {}

/** Runs a command; a {@link UserError} ends it with status 1 and its message alone. */
export const runCommand = async (main: () => Promise<void>): Promise<void> => {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof UserError ? legibleLines(error.message, "") : error)
    process.exitCode = 1
  }
}
