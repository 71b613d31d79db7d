import type { Socket } from "node:net"
import { connect } from "node:tls"
import type mysql from "mysql2"

/** What mysql2 has for its own use, as far as it is known here. */
interface Upgradable {
  stream: Socket
  readonly packetParser: { readonly execute: (data: Buffer) => void }
  readonly _handleNetworkError: (error: unknown) => void
  startTLS: (onSecure: (error?: unknown) => void) => void
}

/**
 * Encrypts a connection as Workers can. mysql2 names checks of its own, which newer ones refuse and none makes: the
 * runtime checks the certificate's authority, and that it is for the host that was connected to.
 */
export const upgradeInWorker = (connection: mysql.Connection): void => {
  const upgradable = connection as unknown as Upgradable
  upgradable.startTLS = (onSecure) => {
    const { stream } = upgradable
    let isSecure = false
    stream.removeAllListeners("data")
    // Without a name: the edge refuses one, even the one that it takes by itself.
    const secure = connect({ socket: stream }, () => {
      isSecure = true
      onSecure()
    })
    secure.on("error", (error) => (isSecure ? upgradable._handleNetworkError(error) : onSecure(error)))
    secure.on("data", (data: Buffer) => upgradable.packetParser.execute(data))
    upgradable.stream = secure
  }
}
