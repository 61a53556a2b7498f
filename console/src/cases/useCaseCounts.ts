import { onScopeDispose, ref, watch } from 'vue'
import type { Ref } from 'vue'
import { useCases } from '@/stores/cases'
import { listCases } from './api'
import type { CaseQuery } from './types'

export const TABS = ['open', 'overdue', 'closed', 'all'] as const
export type Tab = (typeof TABS)[number]

/** What each tab asks for. */
export const TAB_QUERY: Record<Tab, CaseQuery> = {
  open: { notState: 'closed' },
  overdue: { overdue: true },
  closed: { state: 'closed' },
  all: {},
}

/** Counting goes over all cases, so it follows the stream at this pace. */
const GATHER = 3000

/** How many cases each of these tabs has, as the server counts them. */
export function useCaseCounts(query: Ref<CaseQuery>, tabs: readonly Tab[]) {
  const counts = ref<Partial<Record<Tab, number>>>({})
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0

  async function load(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const mine = ++asked
    const found = await Promise.allSettled(tabs.map((tab) => listCases({ ...query.value, ...TAB_QUERY[tab], limit: 1 })))
    if (mine !== asked) return
    const next: Partial<Record<Tab, number>> = {}
    found.forEach((r, i) => {
      if (r.status === 'fulfilled') next[tabs[i]!] = r.value.total
    })
    counts.value = next
  }

  const stop = useCases().watchCases(() => void (timer ??= setTimeout(() => void load(), GATHER)), () => void load())
  // A deadline passes without a change of its case.
  const tick = setInterval(() => void load(), 60_000)
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
    clearInterval(tick)
    asked++
  })
  watch(() => JSON.stringify(query.value), () => void load(), { immediate: true })
  return counts
}
