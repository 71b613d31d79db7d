import { Mark } from "./SignIn.tsx"
import { span } from "./text.ts"
import type { Polled } from "./usePoll.ts"

export const views = ["tables", "query", "check"] as const
export type View = (typeof views)[number]

const titles: Readonly<Record<View, string>> = { tables: "Tables", query: "Query", check: "Check" }

export const Header = ({
  view,
  poll,
  onSignOut,
}: {
  readonly view: View
  readonly poll: Polled
  readonly onSignOut: () => void
}) => (
  <header class="top">
    <div class="brand">
      <Mark />
      <h1>Replication</h1>
      <bdi class="muted host">{location.host}</bdi>
    </div>
    <nav aria-label="Views">
      {views.map((one) => (
        <a key={one} href={one === "tables" ? "#" : `#${one}`} aria-current={view === one ? "page" : undefined}>
          {titles[one]}
        </a>
      ))}
    </nav>
    <div class="when">
      <span class="muted as-of">{asOf(poll)}</span>
      <button type="button" class="live" aria-pressed={poll.isLive} onClick={() => poll.setLive(!poll.isLive)}>
        <span class="dot" aria-hidden="true" />
        Live
      </button>
      <button type="button" class="plain" onClick={onSignOut}>
        Sign out
      </button>
    </div>
  </header>
)

const asOf = ({ heardAt, isLive, every }: Polled): string => {
  if (heardAt === undefined) return ""
  const ago = performance.now() - heardAt
  const old = ago < 2500 ? "just now" : `${span(ago)} ago`
  return isLive ? `${old} · every ${span(every())}` : old
}
