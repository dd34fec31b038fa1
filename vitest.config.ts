import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{unit,integration,faults}/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Git and the store write for real: what a test leaves behind goes with its own temporary folder.
    pool: "forks",
    // Vitest leaves one core to itself, which on two is one test file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: {
      provider: "v8",
      include: ["src/base/**", "src/protocol/**", "src/engine/**"],
      reporter: ["text-summary", "html"],
      reportsDirectory: "coverage",
      thresholds: { lines: 80 },
    },
  },
});
