import { useEffect, useRef, useState } from "preact/hooks"
import { Act } from "./Act.tsx"
import type { Ask } from "./api.ts"
import { Curl } from "./Curl.tsx"
import { Facts } from "./Facts.tsx"
import { Found } from "./Found.tsx"
import { Guard } from "./Guard.tsx"
import { Icon, State } from "./Icon.tsx"
import { Progress } from "./Loads.tsx"
import { adviceOf } from "./Needs.tsx"
import { Reset } from "./Reset.tsx"
import { Runs } from "./Runs.tsx"
import type { Samples } from "./samples.ts"
import type { Standing } from "./standing.ts"
import { Ago, Foreign, Message } from "./Text.tsx"
import { Told } from "./Told.tsx"
import { visible } from "./text.ts"
import type { Config } from "./types.ts"
import type { Actions } from "./useActions.ts"

interface DetailProps {
  readonly standing: Standing
  readonly now: number
  readonly ask: Ask
  readonly actions: Actions
  readonly config: Config | undefined
  readonly samples: Samples
  readonly spoken: string
  readonly onClose: () => void
}

/** One table, beside the others: what is to be done, what can be done, and what is known. */
export const Detail = (props: DetailProps) => {
  const { standing, now, ask, actions, config, samples, spoken, onClose } = props
  const { table, kind, word, isSourceDown } = standing
  const dialog = useRef<HTMLDialogElement>(null)
  const head = useRef<HTMLHeadingElement>(null)
  const [isWhole, setWhole] = useState(false)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    head.current?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  const name = visible(table.table)
  return (
    <dialog
      ref={dialog}
      class="detail"
      aria-labelledby="detail-name"
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      <div class="sheet">
        <header>
          <div class="title">
            <h2 id="detail-name" ref={head} tabIndex={-1} class={isWhole ? "" : "clamp"}>
              <bdi>{name}</bdi>
            </h2>
            {name.length > 80 && (
              <button type="button" class="plain small" onClick={() => setWhole(!isWhole)}>
                {isWhole ? "Show less of the name" : "Show all of the name"}
              </button>
            )}
            <p class="sub">
              <State kind={kind} word={word} />
              <span class="muted">
                {" "}
                from <Foreign text={table.source} /> · <Foreign text={table.sourceTable} />
              </span>
            </p>
          </div>
          <button type="button" class="plain square" onClick={() => dialog.current?.close()} aria-label="Close">
            <Icon name="close" />
          </button>
        </header>
        {(kind === "loading" || (kind === "running" && table.rebuilding)) && (
          <Progress standing={standing} now={now} samples={samples} />
        )}
        {table.error !== null && (
          <section class={`fault ${kind}`} aria-label="The last failure">
            {table.guard === null ? (
              <>
                <p>
                  <Message text={table.error.message} />
                </p>
                <p class="muted">
                  <Message text={adviceOf(table.error)} />
                </p>
              </>
            ) : (
              <Guard table={table.table} guard={table.guard} actions={actions} />
            )}
            <p class="muted small">
              <code>{table.error.code}</code> · <Ago at={table.errorSince} now={now} />
              {table.failures > 1 && ` · ${table.failures} times`}
              {isSourceDown && " · the source's own failure"}
            </p>
          </section>
        )}
        <div class="actions" role="group" aria-label="Actions">
          {table.paused || (kind === "needs" && table.error?.action === "resume") ? (
            <Act table={table.table} operation="resume" actions={actions} primary />
          ) : (
            <Act table={table.table} operation="run" actions={actions} primary={kind !== "needs"} />
          )}
          {!table.paused && <Act table={table.table} operation="pause" actions={actions} />}
          <Act
            table={table.table}
            operation="refresh"
            actions={actions}
            title="Builds the replica anew beside the one that readers see, and swaps it in"
          />
          <Act
            table={table.table}
            operation="verify"
            actions={actions}
            title="Compares source and replica value by value"
          />
          <Act
            table={table.table}
            operation="repair"
            actions={actions}
            title="Compares source and replica value by value, and mends what differs"
          />
        </div>
        <Facts standing={standing} now={now} config={config} />
        <Found table={table} ask={ask} now={now} />
        <Runs table={table} ask={ask} now={now} samples={samples} />
        <Curl table={table.table} />
        <Reset table={table.table} actions={actions} />
        <Told actions={actions} spoken={spoken} />
      </div>
    </dialog>
  )
}
