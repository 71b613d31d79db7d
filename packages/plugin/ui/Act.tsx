import { short } from "./text.ts"
import type { Actions, Operation } from "./useActions.ts"

const labels: Readonly<Record<Operation, readonly [idle: string, busy: string]>> = {
  run: ["Pull now", "Pulling…"],
  pause: ["Pause", "Pausing…"],
  resume: ["Resume", "Resuming…"],
  refresh: ["Rebuild", "Rebuilding…"],
  verify: ["Verify", "Comparing…"],
  repair: ["Verify and repair", "Comparing…"],
  confirm: ["Allow deletions", "Allowing…"],
  reset: ["Reset", "Resetting…"],
}

interface ActProps {
  readonly table: string
  readonly operation: Operation
  readonly actions: Actions
  readonly label?: string
  readonly title?: string
  readonly primary?: boolean
  readonly onDone?: () => void
}

/** A button that does one thing to one table. While another is being done it waits, and stays where the focus is. */
export const Act = ({ table, operation, actions, label, title, primary = false, onDone }: ActProps) => {
  const [idle, busy] = labels[operation]
  const current = actions.busy.get(table)
  const press = () => {
    if (current !== undefined) return
    void actions.act(table, operation).then((isDone) => {
      if (isDone) onDone?.()
    })
  }
  return (
    <button
      type="button"
      class={primary ? "primary" : undefined}
      title={title}
      aria-disabled={current !== undefined}
      aria-label={label === undefined ? undefined : `${label}: ${short(table)}`}
      onClick={press}
    >
      {current === operation ? busy : (label ?? idle)}
    </button>
  )
}
