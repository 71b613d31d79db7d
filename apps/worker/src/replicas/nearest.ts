/** Where a request comes from, as Cloudflare tells. */
export interface From {
  readonly continent?: string | undefined
  readonly longitude?: string | undefined
}

const isWest = ({ longitude }: From): boolean => Number(longitude ?? 0) < -100
const isEast = ({ longitude }: From): boolean => Number(longitude ?? 0) > 20
const isNearEast = ({ longitude }: From): boolean => Number(longitude ?? 180) < 60

/** Cloudflare's location hints from the nearest on, by the continent of who asks. */
const nearby: Readonly<Record<string, (from: From) => ReadonlyArray<string>>> = {
  NA: (from) => (isWest(from) ? ["wnam", "enam", "sam", "weur"] : ["enam", "wnam", "sam", "weur"]),
  SA: () => ["sam", "enam", "wnam", "weur"],
  EU: (from) => (isEast(from) ? ["eeur", "weur", "me", "enam"] : ["weur", "eeur", "enam", "me"]),
  AF: () => ["afr", "weur", "me", "eeur"],
  AS: (from) => (isNearEast(from) ? ["me", "eeur", "apac", "weur"] : ["apac", "oc", "me", "wnam"]),
  OC: () => ["oc", "apac", "wnam"],
  AN: () => ["oc", "sam", "afr"],
}

/** The nearest of some regions to who asks; the first of them where nothing says which one is. */
export const nearest = (regions: ReadonlyArray<string>, from: From): string | undefined =>
  nearby[from.continent ?? ""]?.(from).find((region) => regions.includes(region)) ?? regions[0]
