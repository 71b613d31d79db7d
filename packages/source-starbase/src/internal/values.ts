/** How each value comes, all of it: an instance answers in JSON. */
export { readThroughJson as readValue, selectedThroughJson as selected } from "@starbase-replication/sqlite-values"
