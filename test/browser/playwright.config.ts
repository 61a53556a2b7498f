import { defineConfig } from '@playwright/test'

// One worker: the machine that this is built for has two cores, and each test
// runs a server of its own beside the browser.
export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  workers: 1,
  // A busy machine can make a page late for a bound. What needs its second try
  // is named as flaky at the end of the run.
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1366, height: 768 },
    locale: 'zh-CN',
    // Traces would cost the page under test more than it costs itself on two cores.
    screenshot: 'only-on-failure',
    actionTimeout: 20_000,
    // What moves only to please is drawn by a processor here.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: process.env.CHROMIUM,
      args: [
        '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
      ],
    },
  },
  projects: [
    { name: 'short', testMatch: '**/*.spec.ts' },
    { name: 'long', testMatch: '**/*.long.ts', timeout: 900_000 },
    { name: 'screenshots', testMatch: '**/*.shots.ts', timeout: 600_000 },
  ],
})
