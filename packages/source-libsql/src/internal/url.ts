import * as core from "@starbase-replication/core/source"

const is = "the URL of a libSQL database, such as libsql://shop-acme.turso.io or https://db.example.com"

/** The URL as HTTP has it: `libsql:` is TLS by definition. */
export const httpUrl = (text: string): string => text.replace(/^libsql:/i, "https:").replace(/\/+$/, "")

/** What is wrong with a URL, in words that show none of it. A token in it, as `?authToken=`, is wrong too. */
export const urlProblem = (text: string): string | undefined => core.urlProblem(httpUrl(text), is)
