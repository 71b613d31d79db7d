import type { Kind } from "./standing.ts"

const shapes: Readonly<Record<Kind | "close" | "ok" | "check", string>> = {
  needs: "M8 .8 15.2 8 8 15.2.8 8Z",
  failing: "M8 1.2 15.4 14.4H.6Z",
  overdue: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm-1 3v4.6l3.6 2.2.9-1.6L8.9 7.5V4Z",
  loading: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.8V8l3.7 3.7A5.2 5.2 0 0 0 8 2.800Z",
  running: "M3 1.600 14.200 8 3 14.400Z",
  catching: "M1 2.200 7.400 8 1 13.800ZM8 2.200 14.800 8 8 13.800Z",
  pending: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.800a5.200 5.200 0 1 0 0 10.400A5.200 5.200 0 0 0 8 2.800Z",
  paused: "M3 2h3.600v12H3ZM9.400 2H13v12H9.400Z",
  left: "M2 6.800h12v2.400H2Z",
  fresh: "M8 1.500a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13Z",
  close:
    "m3.400 2 4.600 4.600L12.600 2 14 3.400 9.400 8l4.600 4.600-1.400 1.400L8 9.400 3.400 14 2 12.600 6.600 8 2 3.400Z",
  ok: "m6.200 13.400-5-5 1.600-1.600 3.400 3.400 7-7.600 1.600 1.600Z",
  check: "m6.200 13.400-5-5 1.600-1.600 3.400 3.400 7-7.600 1.600 1.600Z",
}

/** A shape that goes with a word; alone it says nothing to those who do not see it. */
export const Icon = ({ name }: { readonly name: keyof typeof shapes }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={shapes[name]} fill-rule="evenodd" />
  </svg>
)

/** A state as shape and word. */
export const State = ({ kind, word }: { readonly kind: Kind; readonly word: string }) => (
  <span class={`state ${kind}`}>
    <Icon name={kind} />
    <span>{word}</span>
  </span>
)
