import { useCallback, useEffect, useMemo, useState } from "preact/hooks"

/** Where in the page one is, as its address says behind the `#`: a view, or a table that is looked at. */
export interface Fragment {
  readonly view: string
  readonly table: string | undefined
}

const read = (hash: string): Fragment => {
  const text = hash.slice(1)
  if (!text.startsWith("table=")) return { view: text === "" ? "tables" : text, table: undefined }
  try {
    return { view: "tables", table: decodeURIComponent(text.slice("table=".length)) }
  } catch {
    return { view: "tables", table: undefined }
  }
}

/** The address of a table's details. */
export const linkTo = (table: string): string =>
  `#table=${encodeURIComponent(/\p{Surrogate}/u.test(table) ? "" : table)}`

/** The address is the state: whenever its caller is made anew, it is read. */
export const useFragment = (): readonly [Fragment, (to: Fragment) => void] => {
  const [, setChanges] = useState(0)
  useEffect(() => {
    const changed = () => setChanges((changes) => changes + 1)
    addEventListener("hashchange", changed)
    return () => removeEventListener("hashchange", changed)
  }, [])
  const go = useCallback(({ view, table }: Fragment) => {
    const hash = table === undefined ? `#${view === "tables" ? "" : view}` : linkTo(table)
    history.replaceState(null, "", `${location.pathname}${hash === "#" ? "" : hash}`)
    setChanges((changes) => changes + 1)
  }, [])
  const { hash } = location
  return [useMemo(() => read(hash), [hash]), go]
}
