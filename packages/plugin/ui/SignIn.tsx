import { useEffect, useRef, useState } from "preact/hooks"
import { asker } from "./api.ts"
import type { Status } from "./types.ts"

/** Who has signed in. */
export interface Session {
  readonly token: string
  readonly role: "admin" | "client"
}

const kept = "starbase-replication"

/** The token that was kept for this tab, where it was. */
export const keptSession = (): Session | undefined => {
  try {
    const session: unknown = JSON.parse(sessionStorage.getItem(kept) ?? "null")
    if (typeof session !== "object" || session === null || !("token" in session) || !("role" in session))
      return undefined
    const { token, role } = session
    return typeof token === "string" && (role === "admin" || role === "client") ? { token, role } : undefined
  } catch {
    return undefined
  }
}

const keep = (session: Session): void => {
  try {
    sessionStorage.setItem(kept, JSON.stringify(session))
  } catch {
    // A browser that keeps nothing asks again.
  }
}

/** Forgets the token, here and in the tab. */
export const forget = (): void => {
  try {
    sessionStorage.removeItem(kept)
  } catch {
    // There was nothing to forget.
  }
}

export const SignIn = ({
  problem: given,
  onSession,
}: {
  readonly problem: string | undefined
  readonly onSession: (session: Session) => void
}) => {
  const [problem, setProblem] = useState(given)
  const [isBusy, setBusy] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const keeps = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])

  const submit = async (event: Event) => {
    event.preventDefault()
    const token = field.current?.value.trim() ?? ""
    if (token === "" || isBusy) return
    setBusy(true)
    setProblem(undefined)
    const answer = /^[\x20-\x7E]+$/.test(token)
      ? await asker(token)<Status>("/replicate/status")
      : ({ kind: "refused", status: 400 } as const)
    setBusy(false)
    const role =
      answer.kind === "ok" ? "admin" : answer.kind === "refused" && answer.status === 403 ? "client" : undefined
    if (role !== undefined) {
      const session: Session = { token, role }
      if (keeps.current?.checked === true) keep(session)
      return onSession(session)
    }
    setProblem(answer.kind === "failed" ? answer.message : "This is neither the admin token nor the client's.")
    field.current?.focus()
    field.current?.select()
  }

  return (
    <main class="sign-in" id="main">
      <form onSubmit={submit} class="panel">
        <h1>
          <Mark /> Replication
        </h1>
        <p class="muted">
          <bdi>{location.host}</bdi>
        </p>
        <input
          class="sr"
          type="text"
          name="username"
          autocomplete="username"
          value="admin"
          tabIndex={-1}
          aria-hidden="true"
          readOnly
        />
        <label for="token">Admin token</label>
        <input
          id="token"
          ref={field}
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          aria-describedby="token-note"
          aria-invalid={problem !== undefined}
        />
        {problem !== undefined && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <label class="check">
          <input ref={keeps} type="checkbox" /> Keep it until this tab is closed
        </label>
        <button type="submit" class="primary" aria-disabled={isBusy}>
          {isBusy ? "Asking…" : "Open"}
        </button>
        <p class="note" id="token-note">
          It is sent to this instance alone, and stays in this page until you reload. With the client token, the page is
          a query box.
        </p>
      </form>
    </main>
  )
}

/** The project's mark: two stores, one after the other. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path
      d="M4 6.500C4 4.600 7 3 11 3s7 1.600 7 3.500v4.200a7 7 0 0 0-7 7c0 .4 0 .8.100 1.200C7 19 4 17.400 4 15.500Z"
      opacity=".45"
    />
    <path d="M18 12.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11Zm-1 2.300v3.700l2.800 1.600.8-1.300-2.100-1.200v-2.800Z" />
  </svg>
)
