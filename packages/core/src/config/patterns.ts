/** Whether an entry stands for names rather than being one: it holds `*`, or leaves names out by a `-` before it. */
export const isPattern = (entry: string): boolean => entry.startsWith("-") || entry.includes("*")

/** Makes the test whether a name is one that a pattern stands for, in which `*` is any text, the empty one too. */
export const matcher = (pattern: string): ((name: string) => boolean) => {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`))
  const expression = new RegExp(`^${parts.join(".*")}$`, "su")
  return (name) => expression.test(name)
}
