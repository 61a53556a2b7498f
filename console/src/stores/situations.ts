import { defineStore } from 'pinia'
import { computed, ref, shallowRef, triggerRef } from 'vue'
import type { Severity, SituationBody } from '@/api/types'
import { read } from '@/api/read'

export const severities: Severity[] = ['critical', 'major', 'moderate', 'minor']
const rank: Record<Severity, number> = { critical: 0, major: 1, moderate: 2, minor: 3 }

/** Most severe first, then the latest. */
export function bySeverity(a: SituationBody, b: SituationBody): number {
  return rank[a.severity] - rank[b.severity] || b.raisedAt.localeCompare(a.raisedAt) || a.id.localeCompare(b.id)
}

const clearedKept = 40
const pageSize = 500

/** The situations that are up, and the last that were cleared. */
export const useSituations = defineStore('situations', () => {
  const all = shallowRef(new Map<string, SituationBody>())
  const cleared = shallowRef<SituationBody[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref<unknown>(null)
  let lastChange = new Map<string, number>() // of those cleared while a list is being read

  const up = computed(() => [...all.value.values()].sort(bySeverity))

  function take(changes: Iterable<SituationBody>): void {
    let gone: SituationBody[] = []
    for (const s of changes) {
      const known = all.value.get(s.id)
      if ((known && known.change >= s.change) || (lastChange.get(s.id) ?? 0) >= s.change) continue
      lastChange.set(s.id, s.change)
      if (s.state === 'up') all.value.set(s.id, s)
      else {
        all.value.delete(s.id)
        gone = [s, ...gone]
      }
    }
    if (gone.length > 0) cleared.value = [...gone, ...cleared.value.filter((c) => !gone.some((g) => g.id === c.id))].slice(0, clearedKept)
    if (lastChange.size > 4000) lastChange = new Map([...lastChange].slice(-1000))
    triggerRef(all)
  }

  /** Reads every situation that is up. What the stream brings meanwhile wins where it is newer. */
  async function load(): Promise<void> {
    try {
      const seen = new Set<string>()
      const before = new Set(all.value.keys())
      let after = ''
      do {
        const page = await read<{ situations: SituationBody[]; next?: string }>(
          `/api/v1/situations?state=up&limit=${pageSize}${after && `&after=${encodeURIComponent(after)}`}`)
        for (const s of page.situations) seen.add(s.id)
        take(page.situations)
        after = page.next ?? ''
      } while (after)
      for (const id of before) if (!seen.has(id)) all.value.delete(id)
      triggerRef(all)
      state.value = 'ready'
      error.value = null
    } catch (failed) {
      error.value = failed
      if (state.value === 'loading') state.value = 'failed'
    }
  }

  const of = (entity: string): SituationBody[] => up.value.filter((s) => s.entity === entity)
  const get = (id: string): SituationBody | undefined => all.value.get(id) ?? cleared.value.find((s) => s.id === id)

  return { up, cleared, state, error, take, load, of, get }
})
