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

/**
 * The situations that are up, and the last that were cleared. `up` are those that
 * are announced; `suppressed` are up as well, but something keeps them from being
 * announced, and each says what.
 */
export const useSituations = defineStore('situations', () => {
  const all = shallowRef(new Map<string, SituationBody>())
  const cleared = shallowRef<SituationBody[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref<unknown>(null)
  let lastNotice = new Map<string, number>() // of those cleared while a list is being read

  const every = computed(() => [...all.value.values()].sort(bySeverity))
  const up = computed(() => every.value.filter((s) => s.announced))
  const suppressed = computed(() => every.value.filter((s) => !s.announced))

  function take(changes: Iterable<SituationBody>): void {
    let gone: SituationBody[] = []
    for (const s of changes) {
      const known = all.value.get(s.id)
      if ((known && known.notice >= s.notice) || (lastNotice.get(s.id) ?? 0) >= s.notice) continue
      lastNotice.set(s.id, s.notice)
      if (s.state === 'up') all.value.set(s.id, s)
      else {
        all.value.delete(s.id)
        if (s.announcedAt) gone = [s, ...gone] // of others nobody was told
      }
    }
    if (gone.length > 0) cleared.value = [...gone, ...cleared.value.filter((c) => !gone.some((g) => g.id === c.id))].slice(0, clearedKept)
    if (lastNotice.size > 4000) lastNotice = new Map([...lastNotice].slice(-1000))
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

  /** What is up on an entity, announced or not. */
  const of = (entity: string): SituationBody[] => every.value.filter((s) => s.entity === entity)
  const get = (id: string): SituationBody | undefined => all.value.get(id) ?? cleared.value.find((s) => s.id === id)

  return { up, suppressed, cleared, state, error, take, load, of, get }
})
