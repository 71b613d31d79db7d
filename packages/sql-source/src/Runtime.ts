/**
 * Whether this runs in workerd: it encrypts with certificates of the authorities that it was started with alone, checks
 * the server's name by itself, and heeds nothing that a driver says of either.
 */
export const isWorker = (): boolean => {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: unknown } }
  return navigator?.userAgent === "Cloudflare-Workers"
}
