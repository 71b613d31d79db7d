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
  /** Whether it stands among such buttons of other tables, and is told apart by the table's name. */
  readonly isNamed?: boolean
  readonly onDone?: () => void
}

/** A button that does one thing to one table. While another is being done it waits, and stays where the focus is. */
export const Act = ({
  table,
  operation,
  actions,
  label,
  title,
  primary = false,
  isNamed = false,
  onDone,
}: ActProps) => {
  const [idle, busy] = labels[operation]
  const current = actions.busy.get(table)
  const text = current === operation ? busy : (label ?? idle)
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
      aria-label={isNamed ? `${text}: ${short(table)}` : undefined}
      onClick={press}
    >
      {text}
    </button>
  )
}
