import { connect, type Socket } from "node:net"

/** How much is read at once. Left to themselves, Workers read 4 KB, and each time costs them much. */
const readBytes = 32_768

/** Connects to a server. */
export const openSocket = (host: string, port: number): Socket => {
  const socket: Socket = connect({
    host,
    port,
    onread: {
      buffer: () => new Uint8Array(readBytes),
      callback: (length, buffer) => socket.push(buffer.subarray(0, length)),
    },
  })
  socket.setNoDelay(true)
  return socket
}
