import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { useCases } from '@/stores/cases'
import { useSession } from '@/stores/session'
import { listCases } from './api'
import type { CaseBody, CaseQuery } from './types'

/** Changes of this long are answered by one reading of the list. */
const GATHER = 1500

/**
 * A page of cases, turned on the server. The first page follows the stream by
 * itself; on a later one, where rows would run away under the reader, changes
 * are only counted.
 */
export function useCaseList(query: Ref<CaseQuery>, size: number) {
  const store = useCases()
  const session = useSession()
  const rows = shallowRef<CaseBody[]>([])
  const total = ref<number | null>(null)
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  const changed = shallowRef(new Set<string>()) // seen to change since the page was read
  const behind = ref<string[]>([]) // the cursors of the pages before this one
  const cursor = ref<string | undefined>()
  const next = ref<string | undefined>()
  let reading: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const page = computed(() => behind.value.length)
  const from = computed(() => (rows.value.length ? page.value * size + 1 : 0))
  const to = computed(() => page.value * size + rows.value.length)

  async function load(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    reading?.abort()
    const mine = (reading = new AbortController())
    loading.value = true
    try {
      const body = await listCases({ ...query.value, after: cursor.value, limit: size }, mine.signal)
      rows.value = body.cases
      total.value = body.total
      next.value = body.next || undefined
      error.value = null
      changed.value = new Set()
    } catch (failed) {
      if (mine.signal.aborted) return
      session.notice(failed)
      error.value = failed
    } finally {
      if (reading === mine) {
        loading.value = false
        reading = null
      }
    }
  }

  function soon(): void {
    timer ??= setTimeout(() => void load(), GATHER)
  }

  function forward(): void {
    if (!next.value || loading.value) return
    behind.value = [...behind.value, cursor.value ?? '']
    cursor.value = next.value
    void load()
  }

  function backward(): void {
    if (!behind.value.length || loading.value) return
    cursor.value = behind.value.at(-1) || undefined
    behind.value = behind.value.slice(0, -1)
    void load()
  }

  function first(): void {
    behind.value = []
    cursor.value = undefined
    void load()
  }

  const stop = store.watchCases((body) => {
    const at = rows.value.findIndex((c) => c.id === body.id)
    if (at >= 0 && rows.value[at]!.version >= body.version) return
    if (at >= 0) rows.value = rows.value.with(at, body)
    changed.value = new Set(changed.value).add(body.id)
    if (page.value === 0) soon()
  }, () => void load())
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
    reading?.abort()
  })
  watch(() => JSON.stringify(query.value), () => {
    total.value = null
    rows.value = []
    first()
  }, { immediate: true })

  return { rows, total, error, loading, changed, page, from, to, next, load, forward, backward, first }
}
