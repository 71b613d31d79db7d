import { answerFeed, type Identity } from "@starbase-replication/hub"
import { connectorOver } from "@starbase-replication/source-hub"
import { expect } from "vitest"
import { type Instance, type Parts } from "./parts.ts"
import { makeInstance } from "./instance.ts"

/** What may fail of the calls between a replica and its hub. */
export interface Between {
  readonly refuse?: (method: string) => boolean
}

/** An instance that replicates from a hub by calls of its function, as one Durable Object does another. */
export const replicaOf = (
  parts: Parts,
  hub: Pick<Instance, "object">,
  identity: Identity,
  tables: ReadonlyArray<object>,
  document: object = {},
  object = parts.objects.object(),
  { refuse = () => false }: Between = {},
): Instance => {
  const connector = connectorOver(async (request) => {
    if (refuse(request.method)) return { failure: { code: "source-busy", message: "refused by the test" } }
    return JSON.parse(JSON.stringify(await answerFeed(hub.object.execute, identity, request)))
  })
  const made = makeInstance(object.execute, {
    config: {
      ...document,
      sources: { hub: { type: "hub" } },
      tables: tables.map((table) => ({ source: "hub", ...table })),
    },
    connectors: [connector],
  })
  return { ...made, object, query: (sql) => object.execute(sql, []) }
}

/** Pulls until nothing is left. */
export const pullAll = async (instance: Pick<Instance, "post">): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) {
    const answer = await instance.post("/replicate")
    expect(answer.result.tables.flatMap(({ error }) => error ?? [])).toEqual([])
    if (!answer.result.tables.some(({ more }) => more === true)) return
  }
  throw new Error("There is always more to pull.")
}
