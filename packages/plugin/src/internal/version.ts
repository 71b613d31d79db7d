/** The version of this package, as a test holds against package.json. */
export const version = "0.1.0"
