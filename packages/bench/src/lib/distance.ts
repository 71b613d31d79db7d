import { type Relay, startRelay } from "./relay.ts"

/** About a round trip inside a continent, in milliseconds: between a source and a Worker there is a network. */
export const farMillis = 20

/** Puts a server so many milliseconds away: whatever is sent arrives half of that later, as fast as before. */
export const startDistance = (
  server: { readonly host: string; readonly port: number },
  millis: number,
): Promise<Relay> => startRelay(server, (_, send) => setTimeout(send, millis / 2), millis / 2)
