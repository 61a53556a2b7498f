import type { Plugin, PreviewServer, ViteDevServer } from 'vite'
import { City } from './city.ts'
import { serveCases } from './cases.ts'
import { serve } from './serve.ts'

function attach(server: ViteDevServer | PreviewServer): void {
  if (process.env['VITEST']) return
  const city = new City(Number(process.env['SEED'] ?? 7))
  const beat = setInterval(() => city.step(), 250)
  server.httpServer?.on('close', () => clearInterval(beat))
  server.middlewares.use(serveCases(city))
  server.middlewares.use(serve(city))
}

/** Answers the interfaces from an invented city while the pages are worked on; never part of a build. */
export function mock(): Plugin {
  return { name: 'mock-city', configureServer: attach, configurePreviewServer: attach }
}
