import { Icon } from "./Icon.tsx"
import { Foreign, Message } from "./Text.tsx"
import { span } from "./text.ts"
import type { ShownReplica } from "./types.ts"

/** How far behind, in words. */
export const seconds = (lag: number | null): string => (lag === null ? "–" : span(lag * 1000))

/** A replica in a line. */
export const ReplicaLine = ({ replica: { error, lagSeconds, replica, todo } }: { readonly replica: ShownReplica }) => (
  <>
    <b>
      <Foreign text={replica} />
    </b>
    {error !== null && (
      <span class="muted">
        <Message text={error} />
      </span>
    )}
    <span class="spring" />
    {todo !== null && <span class="muted">to {todo}</span>}
    <span class={`state ${error === null ? "fresh" : "failing"}`}>
      <Icon name={error === null ? "fresh" : "failing"} />
      {lagSeconds === null ? "not loaded yet" : lagSeconds === 0 ? "has all" : `${seconds(lagSeconds)} behind`}
    </span>
  </>
)
