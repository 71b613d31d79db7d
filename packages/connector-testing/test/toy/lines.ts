import type { Socket } from "node:net"

/** Calls `handle` with each whole line that comes, until the function that it gives is called. */
export const onLines = (socket: Socket, handle: (line: string) => void): (() => void) => {
  socket.setEncoding("utf8")
  let rest = ""
  const take = (text: string) => {
    const lines = (rest + text).split("\n")
    rest = lines.pop() ?? ""
    lines.forEach(handle)
  }
  socket.on("data", take)
  return () => socket.off("data", take)
}
