import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { FigureBody } from '@/api/types'
import { get } from '@/api/get'
import { Trend } from '@/words/trend'
import { useClock } from './clock'

/** The vital signs, and what they were since the page was opened. */
export const useFigures = defineStore('figures', () => {
  const list = shallowRef<FigureBody[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref<unknown>(null)
  const trends = new Map<string, Trend>()
  const turn = ref(0)
  let reading = false

  const key = (f: FigureBody): string => `${f.pack ?? ''}/${f.id}`
  const trend = (f: FigureBody): Trend => {
    let t = trends.get(key(f))
    if (!t) trends.set(key(f), (t = new Trend()))
    return t
  }

  async function load(): Promise<void> {
    if (reading) return
    reading = true
    try {
      list.value = (await get('/api/v1/figures')).figures ?? []
      const at = useClock().now || Date.now()
      for (const f of list.value) if (f.value !== undefined) trend(f).add(at, f.value)
      turn.value++
      state.value = 'ready'
      error.value = null
    } catch (failed) {
      error.value = failed
      if (state.value === 'loading') state.value = 'failed'
    } finally {
      reading = false
    }
  }

  return { list, state, error, turn, load, trend, key }
})
