import { createPinia, setActivePinia } from 'pinia'
import { expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { useCases } from '@/stores/cases'
import { useOpenCases } from '@/stores/opencases'
import { follow } from './live'

it('a page that starts again shows the cases of the gap', async () => {
  setActivePinia(createPinia())
  const asked: string[] = []
  vi.stubGlobal('fetch', async (href: string) => {
    asked.push(href)
    return href.startsWith('/api/v1/stream') ? new Promise(() => undefined) : new Response('{"cases":[],"total":0}')
  })
  const scope = effectScope()
  const live = scope.run(follow)!
  const again = vi.fn()
  useCases().watchCases(() => undefined, again)
  await live.start()
  expect(again).not.toHaveBeenCalled()
  expect(useOpenCases().state).toBe('ready')
  live.stop()
  asked.length = 0
  await live.start()
  expect(again).toHaveBeenCalledTimes(1)
  expect(asked.filter((href) => href.startsWith('/api/v1/cases'))).toHaveLength(1)
  live.stop()
  scope.stop()
})
