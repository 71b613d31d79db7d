import { codes } from "@starbase-replication/core/source"
import type { AddressForm } from "./AddressSettings.ts"
import { recipeOf, recipeUrl } from "./hosts.ts"
import { isWorker } from "./Runtime.ts"

/** Whether a host can be meant for a private network: an address of one, or a name that no public zone has. */
export const isPrivateHost = (host: string): boolean =>
  /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))(?:\.\d+)+$/.test(
    host,
  ) ||
  /^(?:::1|f[cd][\da-f]{2}:.*|fe80:.*)$/i.test(host) ||
  /^[^.:]+$|\.(?:local|localhost|internal|lan|home\.arpa)$/i.test(host)

/** How a Worker reaches a server whose certificate is of an authority of its own. */
export const hyperdriveHint = ({ verifyMode }: AddressForm): string =>
  "Reach the server through Hyperdrive with the authority's certificate, which your host lets you download: " +
  "`wrangler cert upload certificate-authority --ca-cert ca.pem --name shop-ca`, then " +
  `\`wrangler hyperdrive create shop --connection-string=… --ca-certificate-id ID --sslmode ${verifyMode} --caching-disabled\`, ` +
  "and name its binding as the url's secret."

/** What is known of who keeps the server, in sentences that follow others; nothing where that is not known. */
export const hostHint = (host: string, inWorker = isWorker()): string => {
  const recipe = recipeOf(host)
  if (recipe === undefined) return ""
  return ` At ${recipe.name}: ${inWorker ? `${recipe.reach} ` : ""}${recipeUrl(recipe)}`
}

/** What helps where no connection came about: an own hint where it is known who keeps the server. */
export const connectHint = (host: string, inWorker = isWorker()): { readonly hint?: string } => {
  const more = hostHint(host, inWorker)
  return more === "" ? {} : { hint: `${codes.unreachable.hint}${more}` }
}

/** What helps where a server's certificate was not accepted. Nothing here leads to a password in the open. */
export const tlsHint = (form: AddressForm, host: string, inWorker = isWorker()): string =>
  (inWorker
    ? `A Worker accepts certificates of public authorities, for the very host, alone, whatever tls says. ${hyperdriveHint(form)}`
    : 'The certificate must be for this host, and of a public authority or of the one that tls names as { "ca": … }.') +
  hostHint(host, inWorker)

/** What helps where a server has no encryption to offer. */
export const noTlsHint = (host: string): string =>
  isPrivateHost(host)
    ? 'Turn TLS on at the server, or set tls to "disable" where the network between is private.'
    : "Turn TLS on at the server: without it, the password and all rows would be open to the network between."
