import type { Database } from "../database.ts"
import type { ProposedDocument } from "../Proposal.ts"
import { jsonText } from "../text.ts"
import { gitignore } from "./secrets.ts"
import type { Read, Written } from "./File.ts"

/** The config alone, for `start` and for a Worker's variable. */
export const configFiles = async (read: Read, { secret }: Database, document: ProposedDocument): Promise<Written> => ({
  files: [{ path: "replication.json", text: jsonText(document) }, ...(await gitignore(read, ["data/"]))],
  next: [`${secret}=… npx starbase-replication start replication.json`],
})
