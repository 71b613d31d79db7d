import { tablePath } from "./api.ts"
import { visible } from "./text.ts"

/** The same by hand, the token left out. */
export const Curl = ({ table }: { readonly table: string }) => {
  const path = tablePath(table)
  if (path === undefined) return null
  return (
    <details class="curl">
      <summary>As a command</summary>
      <pre class="mono" tabIndex={0} aria-label="A command that pulls the table">
        {`curl -X POST -H "Authorization: Bearer $TOKEN" \\\n  '${visible(location.origin + path).replaceAll("'", "%27")}'`}
      </pre>
      <p class="muted small">Behind it: /pause, /resume, /refresh, /verify, /confirm, /reset.</p>
    </details>
  )
}
