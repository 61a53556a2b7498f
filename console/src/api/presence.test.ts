import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BACKGROUND_HEADER } from './presence'
import { read } from './read'

let background: (string | null)[] = []

beforeEach(() => {
  background = []
  vi.useFakeTimers()
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    background.push(new Headers(init.headers).get(BACKGROUND_HEADER))
    return Promise.resolve(new Response('{}'))
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what is asked while nobody touches the page is marked', async () => {
  await read('/api/v1/figures')
  globalThis.dispatchEvent(new Event('keydown'))
  await read('/api/v1/figures')
  vi.advanceTimersByTime(59_000)
  await read('/api/v1/figures')
  vi.advanceTimersByTime(2_000)
  await read('/api/v1/figures')
  expect(background).toEqual(['1', null, null, '1'])
})
