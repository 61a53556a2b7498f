import { defineStore } from 'pinia'
import { computed, ref, shallowRef, triggerRef, watch } from 'vue'
import { listCases } from '@/cases/api'
import type { CaseBody } from '@/cases/types'
import { useCases } from './cases'
import { useClock } from './clock'
import { inTurn } from './inturn'
import { useSession } from './session'

const pageSize = 200
const patience = 60_000 // a page that takes longer is given up, since the next reading waits for it
const most = 1000 // beyond this the map shows those whose deadline is nearest

/** Whether the deadline of a case, or of a task of it that is not done, has passed. */
export function late(c: CaseBody, now: number): boolean {
  const over = (deadline?: string): boolean => !!deadline && Date.parse(deadline) < now
  return c.overdue || over(c.deadline) || c.tasks.some((t) => (t.state === 'waiting' || t.state === 'handling') && (t.overdue || over(t.deadline)))
}

/** Every open case, for the map and for what stands beside an entity or a situation. */
export const useOpenCases = defineStore('open-cases', () => {
  const all = shallowRef(new Map<string, CaseBody>())
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const list = computed(() => [...all.value.values()])
  // Deadlines pass without anybody moving a case, so lateness is read off the city's clock, every ten seconds of it.
  const clock = useClock()
  const session = useSession()
  const moment = computed(() => Math.floor(clock.now / 10_000) * 10_000)
  const isLate = (c: CaseBody): boolean => late(c, moment.value)
  const overdue = computed<CaseBody[]>((before) => {
    const now = list.value.filter(isLate)
    return before && before.length === now.length && before.every((c, i) => c === now[i]) ? before : now
  })
  const bySituation = computed(() => {
    const of = new Map<string, CaseBody[]>()
    for (const c of list.value) if (c.situation) of.set(c.situation.id, [...(of.get(c.situation.id) ?? []), c])
    return of
  })
  const byEntity = computed(() => {
    const of = new Map<string, CaseBody[]>()
    for (const c of list.value) if (c.entity) of.set(c.entity, [...(of.get(c.entity) ?? []), c])
    return of
  })

  let lastChange = new Map<string, number>() // of every case that was told of, those that have closed too
  let touched = new Set<string>() // by the stream, while the list is being read

  function keep(c: CaseBody): void {
    if ((lastChange.get(c.id) ?? -1) > c.change || (all.value.get(c.id)?.change ?? -1) > c.change) return
    lastChange.set(c.id, c.change)
    if (lastChange.size > 8000) lastChange = new Map([...lastChange].slice(-4000))
    if (c.state === 'closed') all.value.delete(c.id)
    else all.value.set(c.id, c)
    triggerRef(all)
  }

  function take(c: CaseBody): void {
    touched.add(c.id)
    keep(c)
  }

  /** Reads every open case. What the stream brings meanwhile wins where it is newer. */
  const load = inTurn(async () => {
    const whose = session.account
    try {
      touched = new Set()
      const seen = new Set<string>()
      const before = [...all.value.keys()]
      let after: string | undefined
      do {
        const page = await listCases({ notState: 'closed', order: 'deadline', limit: pageSize, after }, AbortSignal.timeout(patience))
        if (session.account !== whose) return // what one may see is not for the next
        for (const c of page.cases) {
          seen.add(c.id)
          keep(c)
        }
        after = page.next
      } while (after && seen.size < most)
      for (const id of before) if (!seen.has(id) && !touched.has(id)) all.value.delete(id)
      triggerRef(all)
      state.value = 'ready'
    } catch {
      if (state.value === 'loading') state.value = 'failed' // the list of cases beside the map says why
    }
  })

  watch(() => session.account, () => {
    all.value = new Map()
    lastChange.clear()
    state.value = 'loading'
  }, { flush: 'sync' })
  useCases().watchCases(take, () => void load())

  return { list, overdue, isLate, bySituation, byEntity, state, load }
})
