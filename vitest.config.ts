import { defineConfig } from "vitest/config";

const kernel = "test/kernel-setup/**/*.test.ts";

export default defineConfig({
  test: {
    reporters: ["default", "./test/plain-summary.ts"],
    maxWorkers: 2,
    // A process of its own that compacts would still write where a test has finished and tidies up.
    env: { ALPHABOOK_COMPACTION: "off" },
    projects: [
      { extends: true, test: { name: "plain", include: ["test/**/*.test.ts"] } },
      // A kernel can start in two ways, and must be the same in both.
      {
        extends: true,
        test: {
          name: "from a snapshot",
          include: [kernel],
          exclude: ["**/spec.test.ts", "**/snapshot.test.ts", "**/jupyter.test.ts"],
          globalSetup: "test/kernel-setup/build-snapshot.ts",
        },
      },
    ],
    // Hundreds of tests start processes; a machine that stalls for a second is no fault of ours. The summary names them.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { requireAssertions: true },
  },
});
