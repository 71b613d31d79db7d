/**
 * Effect gives each fiber an AsyncResource where the runtime has one and calls its `emitDestroy`, which the workerd of
 * wrangler 3, StarbaseDB's own, does not have yet. There is nothing to destroy in workerd: what it lacks may do nothing.
 */
export const mendAsyncResource = (): void => {
  const { process } = globalThis as {
    readonly process?: {
      readonly getBuiltinModule?: (name: string) => { readonly AsyncResource?: Function } | undefined
    }
  }
  const prototype: unknown = process?.getBuiltinModule?.("node:async_hooks")?.AsyncResource?.prototype
  if (typeof prototype === "object" && prototype !== null && !("emitDestroy" in prototype)) {
    Object.defineProperty(prototype, "emitDestroy", { configurable: true, value: () => undefined })
  }
}
