import { useCallback, useState } from "preact/hooks"
import { Board } from "./Board.tsx"
import { asker } from "./api.ts"
import { Query } from "./Query.tsx"
import { forget, keptSession, Mark, type Session, SignIn } from "./SignIn.tsx"

/** The page: signed out, for the client's token the query box alone, or all of it. */
export const App = () => {
  const [session, setSession] = useState<Session | undefined>(keptSession)
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const leave = useCallback((why?: string) => {
    forget()
    setProblem(why)
    setSession(undefined)
    document.title = "Replication"
  }, [])
  const onRefused = useCallback(() => leave("The token is not taken any more."), [leave])
  const onSignOut = useCallback(() => leave(), [leave])
  if (session === undefined) return <SignIn problem={problem} onSession={setSession} />
  return session.role === "client" ? (
    <Client key={session.token} session={session} onRefused={onRefused} onSignOut={onSignOut} />
  ) : (
    <Board key={session.token} token={session.token} onRefused={onRefused} onSignOut={onSignOut} />
  )
}

interface ClientProps {
  readonly session: Session
  readonly onRefused: () => void
  readonly onSignOut: () => void
}

const Client = ({ session, onRefused, onSignOut }: ClientProps) => {
  const [ask] = useState(() => asker(session.token))
  return (
    <>
      <header class="top">
        <div class="brand">
          <Mark />
          <h1>Replication</h1>
          <bdi class="muted host">{location.host}</bdi>
        </div>
        <button type="button" class="plain" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <main class="page" id="main">
        <Query ask={ask} onRefused={onRefused} tables={[]} />
      </main>
    </>
  )
}
