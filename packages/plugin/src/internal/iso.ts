/** A time as the API shows it; null where there is none. */
export const iso = (millis: number | undefined): string | null =>
  millis === undefined ? null : new Date(millis).toISOString()
