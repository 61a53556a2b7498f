import { defineConfig } from '@playwright/test'

// One worker: the machine that this is built for has two cores, and each test
// runs a server of its own beside the browser.
export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1366, height: 768 },
    locale: 'zh-CN',
    trace: 'retain-on-failure',
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
