import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vite'
import { gzip } from './gzip.ts'
import { mock } from './mock/plugin.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Empties dist but for README.txt, without which the program would not compile before a build. */
function emptyDist(): Plugin {
  let dist = ''
  return {
    name: 'empty-dist',
    apply: 'build',
    configResolved(config) {
      dist = resolve(config.root, config.build.outDir)
    },
    buildStart() {
      for (const name of existsSync(dist) ? readdirSync(dist) : []) {
        if (name !== 'README.txt') rmSync(join(dist, name), { recursive: true })
      }
    },
  }
}

// CITYBRAIN=http://127.0.0.1:8080 develops against a running program; without
// it the mock in mock/ answers.
const program = process.env['CITYBRAIN']

export default defineConfig({
  plugins: [vue(), emptyDist(), gzip(), ...(program ? [] : [mock()])],
  resolve: { alias: { '@': here('src') } },
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  server: program
    ? { proxy: Object.fromEntries(['/api', '/ngsi-ld', '/healthz', '/readyz'].map((p) => [p, { target: program, changeOrigin: true }])) }
    : {},
  build: {
    target: 'es2022',
    emptyOutDir: false,
    assetsInlineLimit: 0, // data: URLs of fonts would need a wider Content-Security-Policy
    sourcemap: false,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'mock/**/*.test.ts'],
  },
})
