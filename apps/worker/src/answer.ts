/** Blobs become lower-case hexadecimal, which JSON can carry. */
const jsonReady = (_key: string, value: unknown): unknown =>
  value instanceof ArrayBuffer
    ? Array.from(new Uint8Array(value), (byte) => byte.toString(16).padStart(2, "0")).join("")
    : value

/** Any page may ask, for what a request may do hangs on its token alone. */
export const corsHeaders = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
  "Access-Control-Allow-Headers":
    "Authorization, Content-Type, X-Replication-Max-Staleness, X-Starbase-Source, X-Starbase-Cache",
  "Access-Control-Expose-Headers": "X-Replica, X-Replication-Lag",
  "Access-Control-Max-Age": "86400",
} as const

/** An answer of the API: `{ result }` or `{ error }`. */
export const answer = (body: { readonly result: unknown } | { readonly error: string }, status = 200): Response =>
  new Response(JSON.stringify(body, jsonReady), {
    status,
    headers: { ...corsHeaders, "Content-Type": "application/json" },
  })
