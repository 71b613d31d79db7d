import { useRef, useState } from "preact/hooks"
import { visible } from "./text.ts"
import type { Actions } from "./useActions.ts"

/** A reset, behind the name of the table, typed: as it is, or as it is shown where it cannot be typed. */
export const Reset = ({ table, actions }: { readonly table: string; readonly actions: Actions }) => {
  const [isOpen, setOpen] = useState(false)
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const field = useRef<HTMLInputElement>(null)
  const shown = visible(table)
  const submit = (event: Event) => {
    event.preventDefault()
    const typed = field.current?.value ?? ""
    if (typed !== table && typed !== shown && typed !== shown.replaceAll("␣", " ")) {
      setProblem("This is another name.")
      field.current?.focus()
      return
    }
    setProblem(undefined)
    void actions.act(table, "reset").then((isDone) => isDone && setOpen(false))
  }
  return (
    <section class="reset">
      {isOpen ? (
        <form onSubmit={submit}>
          <h3>Reset</h3>
          <p>
            It drops the replica and all that is known of it. <b>Readers find no table until it is loaded again.</b> To
            have it built anew without that, rebuild it.
          </p>
          <label for="reset-name">
            Type the table's name: <bdi class="mono">{shown}</bdi>
          </label>
          <input
            id="reset-name"
            ref={field}
            type="text"
            autocomplete="off"
            spellcheck={false}
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : "reset-problem"}
          />
          {problem !== undefined && (
            <p class="problem" role="alert" id="reset-problem">
              {problem}
            </p>
          )}
          <div class="actions">
            <button type="submit" class="danger" aria-disabled={actions.busy.has(table)}>
              {actions.busy.get(table) === "reset" ? "Resetting…" : "Drop and reset"}
            </button>
            <button type="button" onClick={() => setOpen(false)}>
              Keep it
            </button>
          </div>
        </form>
      ) : (
        <button
          type="button"
          class="danger plain"
          onClick={() => {
            setOpen(true)
            requestAnimationFrame(() => field.current?.focus())
          }}
        >
          Reset…
        </button>
      )}
    </section>
  )
}
