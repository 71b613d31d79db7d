import { useState } from "preact/hooks"
import { Act } from "./Act.tsx"
import { guardWords } from "./standing.ts"
import { counted } from "./text.ts"
import type { Table } from "./types.ts"
import type { Actions } from "./useActions.ts"

interface GuardProps {
  readonly table: string
  readonly guard: NonNullable<Table["guard"]>
  readonly actions: Actions
}

const why: Readonly<Record<GuardProps["guard"]["by"], string>> = {
  reconcile: "A comparison of keys found them gone.",
  swap: "The replica that was built anew has so many fewer.",
  repair: "The repair of a verification would take them.",
  marked: "They are marked as deleted.",
  gone: "The source says that they are gone.",
}

/** What the guard has stopped, and the way to let it go on, which says what would go and takes two presses. */
export const Guard = ({ table, guard, actions }: GuardProps) => {
  const [isArmed, setArmed] = useState(false)
  const { by, suspects, confirmed } = guard
  return (
    <div class="guard">
      <p>
        {guardWords(guard)} {why[by]}
      </p>
      {confirmed ? (
        <p>Allowed; the next run goes on.</p>
      ) : (
        <>
          <p>Is this the right source, and whole? If it is not, mend it there, and nothing is lost here.</p>
          {isArmed ? (
            <div class="actions">
              <Act
                table={table}
                operation="confirm"
                actions={actions}
                label={`Yes, delete at least ${counted(suspects, "row")}`}
                onDone={() => setArmed(false)}
              />
              <button type="button" onClick={() => setArmed(false)}>
                Keep them
              </button>
            </div>
          ) : (
            <button type="button" class="danger" onClick={() => setArmed(true)}>
              Allow deletions…
            </button>
          )}
        </>
      )}
    </div>
  )
}
