import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers"
import type { Env } from "../Env.ts"
import { sweepBatch } from "./sweep.ts"

const retries = { retries: { limit: 8, delay: "5 seconds", backoff: "exponential" }, timeout: "10 minutes" } as const

/** Does what is to be done with replicas, a hundred in a step. A step that is done again, and a second workflow, change nothing. */
export class ReplicaWorkflow extends WorkflowEntrypoint<Env> {
  override async run(_event: Readonly<WorkflowEvent<unknown>>, step: WorkflowStep): Promise<{ steps: number }> {
    for (let steps = 1; ; steps += 1) {
      const { left } = await step.do(`batch ${steps}`, retries, async () => ({ ...(await sweepBatch(this.env)) }))
      if (left === 0) return { steps }
    }
  }
}
