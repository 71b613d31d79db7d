import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect } from "vitest"

const isSecret = /URL|PASSWORD|KEY|TOKEN|SECRET/

/** The secrets among a Worker's variables, and the passwords within them, by what they are. */
export const secretsIn = (variables: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(variables).flatMap(([name, value]): Array<[string, string]> => {
      if (!isSecret.test(name) || typeof value !== "string" || value.length < 8) return []
      const password = URL.canParse(value) ? new URL(value).password : ""
      return [
        [name, value],
        ...(password === ""
          ? []
          : [
              [`the password of ${name}, encoded`, password] as [string, string],
              [`the password of ${name}`, decodeURIComponent(password)] as [string, string],
            ]),
      ]
    }),
  )

/** Fails where a text holds a secret; says which one, and not what it is. */
export const holdsNone = (where: string, text: string, secrets: ReadonlyMap<string, string>): void => {
  const found = [...secrets].flatMap(([name, secret]) => (text.includes(secret) ? [name] : []))
  expect(found, `secrets in ${where}`).toEqual([])
}

/** Fails where a file in a folder, such as a database, holds a secret. */
export const filesHoldNone = async (folder: string, secrets: ReadonlyMap<string, string>): Promise<void> => {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = await readFile(join(entry.parentPath, entry.name))
    holdsNone(entry.name, content.toString("latin1"), latin1(secrets))
  }
}

/** Secrets as they are where each byte of theirs is a character. */
const latin1 = (secrets: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(Array.from(secrets, ([name, secret]) => [name, Buffer.from(secret).toString("latin1")]))
