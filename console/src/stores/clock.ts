import { defineStore } from 'pinia'
import { ref } from 'vue'
import { get } from '@/api/get'

/** The server states its time every five seconds; a little more passes on the way. In milliseconds. */
const STATED_EVERY = 7_000

/** Where it would take longer than this to be caught up with, the truth is better at once. */
const LONGEST_WAIT = 60_000

/**
 * The city's clock, which in a simulation or replay is not this machine's. It
 * runs on between the server's statements at the speed they gave, which may
 * change and be 0 while the city's time stands. What it shows does not go
 * backwards: where it ran ahead of the city it stands until the city has caught
 * up, so that a deadline that has passed stays passed. Only what cannot come of
 * running on between two statements, or would take too long to catch up with,
 * is another time, and is shown at once.
 */
export const useClock = defineStore('clock', () => {
  const now = ref(0) // the city's time, in milliseconds; renewed twice a second
  const speed = ref(1)
  let base = { city: 0, here: 0 }
  let pace = 1 // the last speed at which it ran here
  let timer: ReturnType<typeof setInterval> | undefined

  const reckon = (): number => (base.city ? base.city + (performance.now() - base.here) * speed.value : 0)
  const renew = (): number => (now.value = Math.max(now.value, reckon()))

  /** How far ahead of the city the shown time may stand and wait, at the speed just stated. */
  function patience(rate: number): number {
    const ran = STATED_EVERY * Math.max(1, pace, rate)
    return rate > 0 ? Math.min(ran, LONGEST_WAIT * rate) : ran
  }

  /** Takes a statement of the server. */
  function set(time: string, rate: number = speed.value): void {
    const stated = Date.parse(time)
    if (!Number.isFinite(stated)) return
    if (base.city) renew()
    const ahead = now.value - stated
    base = { city: stated, here: performance.now() }
    const waits = ahead > 0 && ahead <= patience(rate)
    if (!waits) now.value = stated
    speed.value = rate
    pace = waits ? Math.max(pace, rate) : rate || pace
    timer ??= setInterval(renew, 500)
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
