import { useEffect } from "preact/hooks"
import { Icon } from "./Icon.tsx"
import type { Actions } from "./useActions.ts"

/**
 * What came of the last action, for eyes and ears, and what has changed by itself, for ears. It stands in the dialog
 * while one is open, since nothing beside it is heard then.
 */
export const Told = ({ actions, spoken }: { readonly actions: Actions; readonly spoken: string }) => {
  const { notice, tell } = actions
  useEffect(() => {
    if (notice === undefined || notice.isProblem) return
    const timer = setTimeout(() => tell(undefined), 8000)
    return () => clearTimeout(timer)
  }, [notice, tell])
  return (
    <>
      <div class="sr" role="status" aria-live="polite">
        {spoken}
      </div>
      <div class="notices" role="status" aria-live="polite">
        {notice !== undefined && (
          <div class={`notice ${notice.isProblem ? "problem" : ""}`}>
            <bdi>{notice.text}</bdi>
            <button type="button" class="plain square" onClick={() => tell(undefined)} aria-label="Dismiss the message">
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </>
  )
}
