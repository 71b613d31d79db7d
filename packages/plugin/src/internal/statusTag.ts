import * as Effect from "effect/Effect"

/** What changes from one answer to the next although nothing has happened. */
const ofTheMoment = new Set(["at", "lagSeconds", "rowsRead"])

/** A tag that is the same while nothing happens: who knows its answer needs no other. */
export const statusTag = (status: unknown): Effect.Effect<string> =>
  Effect.promise(async () => {
    const text = JSON.stringify(status, (name, value: unknown) => (ofTheMoment.has(name) ? undefined : value))
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
    return `W/"${Array.from(digest.slice(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")}"`
  })
