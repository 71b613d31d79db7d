import { useCallback, useEffect, useState } from "preact/hooks"

/** Where in the page one is, as its address says behind the `#`: a view, or a table that is looked at. */
export interface Fragment {
  readonly view: string
  readonly table: string | undefined
}

const read = (): Fragment => {
  const text = location.hash.slice(1)
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

export const useFragment = (): readonly [Fragment, (to: Fragment) => void] => {
  const [fragment, setFragment] = useState(read)
  useEffect(() => {
    const changed = () => setFragment(read())
    addEventListener("hashchange", changed)
    return () => removeEventListener("hashchange", changed)
  }, [])
  const go = useCallback(({ view, table }: Fragment) => {
    const hash = table === undefined ? `#${view === "tables" ? "" : view}` : linkTo(table)
    history.replaceState(null, "", `${location.pathname}${hash === "#" ? "" : hash}`)
    setFragment(read())
  }, [])
  return [fragment, go]
}
