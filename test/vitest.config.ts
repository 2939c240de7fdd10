import { defineConfig } from 'vitest/config'

/** One project per question: what can break decides where a test lives (see test/README.md). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          root: '.',
          include: ['test/unit/**/*.test.ts', 'test/tidy/**/*.test.ts'],
          // None takes a second where nothing else runs; a busy machine is no failure.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'conformance',
          root: '.',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'interchange',
          root: '.',
          include: ['test/interchange/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 360_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'simulation',
          root: '.',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'crash',
          root: '.',
          include: ['test/crash/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
