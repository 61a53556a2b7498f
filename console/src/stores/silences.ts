import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { read } from '@/api/read'
import type { SilenceBody } from '@/api/types'

/** What somebody asks to be silent about. */
export interface SilenceWish {
  rules?: string[]
  entities?: string[]
  reason: string
  end: string
}

/** What people keep from being announced. It is read when a reason names a silence that is not known. */
export const useSilences = defineStore('silences', () => {
  const known = shallowRef(new Map<string, SilenceBody>())
  const asked = new Set<string>()

  function keep(s: SilenceBody): void {
    known.value = new Map(known.value).set(s.id, s)
  }

  /** The silence with an id; undefined until it has been read. */
  function get(id: string): SilenceBody | undefined {
    const found = known.value.get(id)
    if (!found && !asked.has(id)) {
      asked.add(id)
      read<SilenceBody>(`/api/v1/silences/${encodeURIComponent(id)}`).then(keep, () => asked.delete(id))
    }
    return found
  }

  async function make(wish: SilenceWish): Promise<void> {
    keep(await read<SilenceBody>('/api/v1/silences', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wish) }))
  }

  async function end(id: string): Promise<void> {
    keep(await read<SilenceBody>(`/api/v1/silences/${encodeURIComponent(id)}`, { method: 'DELETE' }))
  }

  return { known, get, make, end }
})
