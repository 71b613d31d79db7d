import { fromDebian } from "./debianPackage.ts"
import { which } from "./which.ts"

/** The programs of a MariaDB server. */
export interface MariadbBinaries {
  readonly server: string
  readonly installDb: string
}

/** Finds MariaDB's programs, on Debian after installing them where this process is root. */
export const mariadbBinaries = (): Promise<MariadbBinaries> =>
  fromDebian("mariadb-server", "MariaDB's mariadbd", async () => {
    const server = await which("mariadbd")
    const installDb = await which("mariadb-install-db")
    return server === undefined || installDb === undefined ? undefined : { server, installDb }
  })
