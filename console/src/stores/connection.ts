import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Standing } from '@/stream/stream'

/** How the stream of live changes stands. */
export const useConnection = defineStore('connection', () => {
  const standing = shallowRef<Standing>({ state: 'idle', since: Date.now(), heardAt: 0, retryAt: 0, attempt: 0, problem: null })
  let again: () => void = () => {}
  const retry = (): void => again()
  /** Told by whoever runs the stream. */
  function tell(now: Standing): void {
    // Every piece of the stream is told; only a change is worth drawing.
    const old = standing.value
    if (now.state === old.state && now.retryAt === old.retryAt && now.attempt === old.attempt && now.heardAt - old.heardAt < 1000) return
    standing.value = now
  }
  function retryWith(work: () => void): void {
    again = work
  }
  return { standing, retry, tell, retryWith }
})
