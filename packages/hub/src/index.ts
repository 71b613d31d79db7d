export { answerFeed } from "./answerFeed.ts"
export type { Execute } from "./Execute.ts"
export { type Identity, tenantProblem } from "./Identity.ts"
export { nameInLog, walkTenants } from "./internal/tenant.ts"
