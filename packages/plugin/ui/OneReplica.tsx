import { useState } from "preact/hooks"
import type { Ask } from "./api.ts"
import { ReplicaLine } from "./ReplicaLine.tsx"
import { Message } from "./Text.tsx"
import type { ShownReplica } from "./types.ts"

/** Looks one replica up by its name. */
export const OneReplica = ({ ask }: { readonly ask: Ask }) => {
  const [name, setName] = useState("")
  const [found, setFound] = useState<ShownReplica | string | undefined>(undefined)
  const look = async (event: Event) => {
    event.preventDefault()
    const answer = await ask<ShownReplica>(`/replicate/replicas?replica=${encodeURIComponent(name)}`)
    if (answer.kind === "ok") setFound(answer.result)
    else if (answer.kind === "failed") setFound(answer.message)
  }
  return (
    <form class="look" onSubmit={(event) => void look(event)}>
      <label>
        One replica{" "}
        <input
          type="search"
          placeholder="tenant:42"
          autocomplete="off"
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>{" "}
      <button type="submit" disabled={name === ""}>
        Show
      </button>
      <div role="status">
        {typeof found === "string" && (
          <p class="muted">
            <Message text={found} />
          </p>
        )}
        {typeof found === "object" && (
          <ul class="panel lines">
            <li>
              <ReplicaLine replica={found} />
            </li>
          </ul>
        )}
      </div>
    </form>
  )
}
