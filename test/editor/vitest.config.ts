import { defineConfig } from "vitest/config";
import { repositoryRoot } from "./paths.ts";

/** One editor at a time: what is tested here is shared with the machine (ports, focus, two cores), not with other tests. */
export default defineConfig({
  root: repositoryRoot,
  test: {
    name: "editor",
    include: process.env.BANYAN_README_PICTURE ? ["test/editor/readme.picture.ts"] : ["test/editor/**/*.test.ts"],
    globalSetup: ["test/editor/setup/global.ts"],
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    retry: 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
