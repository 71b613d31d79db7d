import { moment, span, visible } from "./text.ts"
import { time } from "./standing.ts"

/** A name, a message or a value of anybody's, which turns no text around it. */
export const Foreign = ({ text, mono = false }: { readonly text: string; readonly mono?: boolean }) => (
  <bdi class={mono ? "mono" : undefined}>{visible(text)}</bdi>
)

/** A moment as how long ago it was, and exactly where one points at it. */
export const Ago = ({
  at,
  now,
  none = "never",
}: {
  readonly at: string | null
  readonly now: number
  readonly none?: string
}) => {
  const when = time(at)
  if (at === null || when === undefined) return <>{none}</>
  const ago = now - when
  return (
    <time dateTime={at} title={moment(at)}>
      {ago < 1500 ? "just now" : `${span(ago)} ago`}
    </time>
  )
}

/** Words in a sentence that may have code and names in them; all of it is text. */
export const Message = ({ text }: { readonly text: string }) => (
  <span class="message">
    <Foreign text={text} />
  </span>
)
