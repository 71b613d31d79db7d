import { nextReporter } from "@starbase-replication/connector-testing/reporter"
import { defineConfig } from "vitest/config"

export default defineConfig({ test: { reporters: [nextReporter], testTimeout: 60_000, hookTimeout: 120_000 } })
