import { type IPty, spawn } from "@lydell/node-pty"
import { mainFile } from "./cli.ts"

/** The command at a terminal of its own. */
export interface AtTerminal {
  readonly screen: () => string
  readonly type: (text: string) => void
  readonly signal: (name: string) => void
  readonly resize: (columns: number, rows: number) => void
  readonly ended: Promise<number>
}

export const atTerminal = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  { columns = 100, rows = 30, cwd }: { readonly columns?: number; readonly rows?: number; readonly cwd?: string } = {},
): AtTerminal => {
  let text = ""
  const pty: IPty = spawn(process.execPath, [mainFile, ...args], {
    name: "xterm-256color",
    cols: columns,
    rows,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  pty.onData((data) => (text += data))
  return {
    screen: () => text,
    type: (keys) => pty.write(keys),
    signal: (name) => pty.kill(name),
    resize: (width, height) => pty.resize(width, height),
    ended: new Promise((resolve) => pty.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode))),
  }
}
