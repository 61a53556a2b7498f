import { defineStore } from 'pinia'
import { ref } from 'vue'
import { get } from '@/api/get'

/**
 * The city's clock, which in a simulation or replay is not this machine's. It
 * runs on between the server's statements at the speed they gave, and never
 * backwards within a session unless it was more than two seconds ahead.
 */
export const useClock = defineStore('clock', () => {
  const now = ref(0) // the city's time, in milliseconds; renewed twice a second
  const speed = ref(1)
  let base = { city: 0, here: 0 }
  let timer: ReturnType<typeof setInterval> | undefined

  const reckon = (): number => (base.city ? base.city + (performance.now() - base.here) * speed.value : 0)

  /** Takes a statement of the server. */
  function set(time: string, rate: number = speed.value): void {
    const stated = Date.parse(time)
    if (!Number.isFinite(stated)) return
    const ahead = reckon() - stated
    base = { city: ahead > 0 && ahead < 2000 * Math.max(1, rate) ? stated + ahead : stated, here: performance.now() }
    speed.value = rate
    now.value = base.city
    timer ??= setInterval(() => (now.value = reckon()), 500)
  }

  /** Stands still: the server has stopped answering, so what it is now is not known. */
  function hold(): void {
    base = { city: reckon(), here: performance.now() }
    speed.value = 0
  }

  async function load(): Promise<void> {
    const clock = await get('/api/v1/clock')
    set(clock.time, clock.speed)
  }

  return { now, speed, set, hold, load }
})
