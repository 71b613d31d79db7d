import { type Relay, startRelay } from "./relay.ts"

/** A proxy before a server that counts the bytes of both directions. */
export interface CountedWire extends Relay {
  /** What passed since the last call, in bytes. */
  readonly take: () => number
}

export const startCounted = async (server: { readonly host: string; readonly port: number }): Promise<CountedWire> => {
  let passed = 0
  const relay = await startRelay(server, (piece, send) => {
    passed += piece.length
    send()
  })
  return {
    ...relay,
    take: () => {
      const bytes = passed
      passed = 0
      return bytes
    },
  }
}
