import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Files run in processes of their own: native addons and worker threads then behave as in the program.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
