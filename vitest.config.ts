import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Files run in processes of their own: native addons and worker threads then behave as in the program.
    pool: 'forks',
    // Only what hangs is to be caught by this: nothing is timed, and a machine may have little time for us.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
})
