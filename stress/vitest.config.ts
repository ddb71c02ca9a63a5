import { defineConfig } from "vitest/config";

/** `npm run stress`: what takes too long for `npm test`. */
export default defineConfig({
  test: {
    include: ["stress/**/*.test.ts"],
    testTimeout: 600_000,
    maxWorkers: 2,
    expect: { requireAssertions: true },
  },
});
