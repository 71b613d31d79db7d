import { FeedAnswer } from "@starbase-replication/hub/protocol"
import type * as Schema from "effect/Schema"
import { Checked } from "./answers/check.ts"
import { EffectiveConfig } from "./answers/config.ts"
import { Differences, History, Rejects } from "./answers/history.ts"
import { Confirmed, Dropped, Failure, Paused, Reset, Resumed } from "./answers/operations.ts"
import { Run } from "./answers/run.ts"
import { Status } from "./answers/status.ts"
import type { Content, Route } from "./Route.ts"

const ok = (result: Schema.Codec<unknown, unknown>, description = "Done."): Content => ({ description, result })

/** What any route may answer. */
const always: Route["answers"] = {
  400: {
    ...ok(Failure, "A parameter is wrong, or what the config says; the message lists every problem with its path."),
    mayLack: true,
  },
  401: { description: "There is no token.", error: true },
  403: { description: "The token is not the admin's.", error: true },
  500: ok(Failure, "The request failed as a whole."),
  507: ok(Failure, "The replica's database is full, so that nothing can be noted in it."),
}

const unknown: Route["answers"] = { 404: { description: "No such table.", error: true } }

const ofRun: Route["answers"] = {
  200: ok(Run, "Every table succeeded."),
  207: ok(Run, "Some tables failed; each says why."),
  ...always,
}
const ofOneRun: Route["answers"] = {
  ...ofRun,
  ...unknown,
  409: ok(Run, "Another run of the table is under way, or has taken it over."),
}
const ofOperation = (result: Schema.Codec<unknown, unknown>): Route["answers"] => ({ 200: ok(result), ...always })
const busy: Route["answers"] = { 409: ok(Failure, "A run of the table is under way.") }

const flag = (name: string, description: string) => ({
  name,
  description,
  schema: { type: "boolean" as const, default: false },
})

/** How many runs the history shows where nobody says how many. */
export const defaultLimit = 100

/** Of which table, and how many. */
const some = [
  { name: "table", description: "Of this replica table alone.", schema: { type: "string" } },
  {
    name: "limit",
    description: "At most so many.",
    schema: { type: "integer", minimum: 1, maximum: 1000, default: defaultLimit },
  },
] as const

/** Every route of the plugin: the router and the OpenAPI document are both made of this. */
export const routes = [
  {
    method: "post",
    path: "/replicate",
    name: "runAll",
    summary: "Pull all tables now",
    query: [flag("due", "Pull only those that are due.")],
    answers: ofRun,
  },
  { method: "post", path: "/replicate/:table", name: "runOne", summary: "Pull one table now", answers: ofOneRun },
  {
    method: "post",
    path: "/replicate/:table/refresh",
    name: "refresh",
    summary: "Build the replica anew beside the one that readers see, and swap it in",
    answers: ofOneRun,
  },
  {
    method: "post",
    path: "/replicate/:table/verify",
    name: "verify",
    summary: "Compare source and replica value by value",
    query: [flag("repair", "Mend what differs.")],
    answers: ofOneRun,
  },
  {
    method: "post",
    path: "/replicate/:table/confirm",
    name: "confirm",
    summary: "Allow the deletions that the guard has stopped",
    answers: { ...ofOperation(Confirmed), ...unknown, ...busy },
  },
  {
    method: "post",
    path: "/replicate/:table/pause",
    name: "pause",
    summary: "Stop a table's schedule",
    answers: { ...ofOperation(Paused), ...unknown },
  },
  {
    method: "post",
    path: "/replicate/:table/resume",
    name: "resume",
    summary: "Let a table's schedule go on, and forget that the table failed for good",
    answers: { ...ofOperation(Resumed), ...unknown },
  },
  {
    method: "post",
    path: "/replicate/:table/reset",
    name: "reset",
    summary: "Drop the replica and all that is known of it; the next run begins anew",
    answers: { ...ofOperation(Reset), ...unknown, ...busy },
  },
  {
    method: "post",
    path: "/replicate/sources/:source/drop-slot",
    name: "dropSlot",
    summary: "Have the source keep its change log for this replica no longer, before the source leaves the config",
    answers: {
      ...ofOperation(Dropped),
      404: { description: "No such source, or none whose log is read.", error: true },
    },
  },
  {
    method: "post",
    path: "/replicate/hub/feed",
    name: "feed",
    summary:
      "What those ask that replicate from here: tables, pages of rows, and changes; packages/hub has the protocol",
    answers: {
      ...ofOperation(FeedAnswer),
      403: { description: "The token may not read as whom it asks.", error: true },
    },
  },
  {
    method: "get",
    path: "/replicate/status",
    name: "status",
    summary: "Where each table and source stands",
    answers: {
      ...ofOperation(Status),
      304: {
        description: "All is as the answer with the ETag of If-None-Match told, but for times and lags.",
        empty: true,
      },
    },
  },
  {
    method: "get",
    path: "/replicate/history",
    name: "history",
    summary: "The last runs that changed or failed, and what operators did, the newest first",
    query: some,
    answers: ofOperation(History),
  },
  {
    method: "get",
    path: "/replicate/rejects",
    name: "rejects",
    summary: "The rows that were set aside because the replica cannot hold them, with why",
    query: some,
    answers: ofOperation(Rejects),
  },
  {
    method: "get",
    path: "/replicate/differences",
    name: "differences",
    summary: "The rows that differed in the last verification of their table",
    query: some,
    answers: ofOperation(Differences),
  },
  {
    method: "get",
    path: "/replicate/ui",
    name: "ui",
    summary: "A page that shows and steers all this in a browser; it asks for the token itself",
    isOpen: true,
    answers: { 200: { description: "The page.", mediaType: "text/html; charset=utf-8", schema: { type: "string" } } },
  },
  {
    method: "get",
    path: "/replicate/metrics",
    name: "metrics",
    summary: "Lag, rows, failures and more, as OpenMetrics",
    answers: {
      200: {
        description: "The OpenMetrics text format.",
        mediaType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
        schema: { type: "string" },
      },
      ...always,
    },
  },
  {
    method: "get",
    path: "/replicate/check",
    name: "check",
    summary: "Connect to each source and show what each table would meet, changing nothing",
    answers: {
      200: ok(Checked, "Every table can be replicated as configured."),
      207: ok(Checked, "Some tables cannot; each says why."),
      ...always,
    },
  },
  {
    method: "get",
    path: "/replicate/config",
    name: "config",
    summary: "The config as it holds, defaults filled in and no secret in it",
    answers: ofOperation(EffectiveConfig),
  },
  {
    method: "get",
    path: "/replicate/openapi",
    name: "openapi",
    summary: "This document",
    answers: {
      200: { description: "An OpenAPI 3.1 document.", mediaType: "application/json", schema: { type: "object" } },
      ...always,
    },
  },
] as const satisfies ReadonlyArray<Route>

/** The operations that the routes name. */
export type OperationName = (typeof routes)[number]["name"]
