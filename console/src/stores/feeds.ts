import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { FeedBody } from '@/api/types'
import { get } from '@/api/get'
import type { Text } from '@/words/texts'

export type FeedHealth = 'sound' | 'waiting' | 'stale' | 'failed'

/** How a feed does, in one word; worst last. Reference data and a file read to its end are sound. */
export function health(f: FeedBody): FeedHealth {
  if (f.state === 'failed') return 'failed'
  if (f.stale) return 'stale'
  return f.state === 'waiting' ? 'waiting' : 'sound'
}

/** Every feed and what became of its rows. */
export const useFeeds = defineStore('feeds', () => {
  const list = shallowRef<FeedBody[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref<unknown>(null)
  const sound = computed(() => list.value.filter((f) => health(f) === 'sound').length)

  async function load(): Promise<void> {
    try {
      list.value = (await get('/api/v1/feeds')).feeds ?? []
      state.value = 'ready'
      error.value = null
    } catch (failed) {
      error.value = failed
      if (state.value === 'loading') state.value = 'failed'
    }
  }
  /** What people call a feed; its id where the city has no such feed (any more). */
  const title = (id: string): Text => list.value.find((f) => f.id === id)?.title ?? { zh: id, en: id }

  const type = (id: string): string => list.value.find((f) => f.id === id)?.type ?? ''

  return { list, state, error, sound, load, title, type }
})
