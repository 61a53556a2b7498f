import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { Refused } from '@/api/problem'
import { useCases } from '@/stores/cases'
import { useSession } from '@/stores/session'
import { attachFile, moveCase, readCase } from './api'
import type { CaseDetail, MoveRequest, UploadFields } from './types'

/**
 * One case as a panel shows it: read whole, and read again whenever the stream
 * tells of a newer version. A move that is being sent is not sent twice.
 */
export function useCase(id: Ref<string>) {
  const store = useCases()
  const session = useSession()
  const detail = shallowRef<CaseDetail | null>(null)
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  const busy = ref(false)
  let wanted = 0 // the version that the stream has told of
  let reading: AbortController | null = null

  function show(d: CaseDetail): void {
    if (d.case.id !== id.value || (detail.value && detail.value.case.version > d.case.version)) return
    detail.value = d
    error.value = null
    store.take(d.case)
  }

  /** Reads the case; false if it could not be read, and then error says why. */
  async function load(): Promise<boolean> {
    reading?.abort()
    const mine = (reading = new AbortController())
    loading.value = true
    try {
      show(await readCase(id.value, mine.signal))
      return true
    } catch (failed) {
      if (mine.signal.aborted) return false
      session.notice(failed)
      error.value = failed
      return false
    } finally {
      if (reading === mine) {
        loading.value = false
        reading = null
        if (detail.value && wanted > detail.value.case.version && !error.value) void load()
      }
    }
  }

  async function send(work: () => Promise<CaseDetail>, version: number): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      const d = await work()
      store.ownMove(d.case.id, version, d.case.version)
      show(d)
      return true
    } catch (failed) {
      session.notice(failed)
      if (failed instanceof Refused && (failed.status === 409 || failed.status === 403)) void load()
      throw failed
    } finally {
      busy.value = false
    }
  }

  /** Makes a move; false when another is under way. Throws what the server refused with. */
  const perform = (move: MoveRequest): Promise<boolean> => send(() => moveCase(id.value, move), move.version)

  const attach = (file: Blob, fields: UploadFields, signal?: AbortSignal): Promise<boolean> =>
    send(() => attachFile(id.value, file, fields, signal), fields.version)

  const stop = store.watchCases(
    (body) => {
      if (body.id !== id.value || !detail.value || body.version <= detail.value.case.version) return
      wanted = Math.max(wanted, body.version)
      if (!reading && !busy.value) void load()
    },
    () => void load(),
  )
  onScopeDispose(() => {
    stop()
    reading?.abort()
  })
  watch(id, () => {
    detail.value = null
    error.value = null
    wanted = 0
    void load()
  }, { immediate: true })
  watch(busy, (is) => {
    if (!is && detail.value && wanted > detail.value.case.version && !reading) void load()
  })

  return { detail, error, loading, busy, load, perform, attach }
}

export type CaseHandle = ReturnType<typeof useCase>
