/** Who asks: a tenant, who gets the rows of its own, or somebody who gets all rows of all tables that are given to anybody. */
export type Identity = { readonly tenant: string } | "all"

/** What is wrong with a tenant's name: no value of any row could be equal to it. */
export const tenantProblem = (tenant: string): string | undefined =>
  tenant.includes("\0") || /\p{Surrogate}/u.test(tenant)
    ? "A tenant's name must not hold NUL or half of a surrogate pair."
    : undefined
