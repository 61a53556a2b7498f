import { defineStore } from 'pinia'
import { reactive, ref, watch } from 'vue'
import type { CaseBody } from '@/cases/types'
import { useSession } from './session'

/** What somebody typed for a move, kept until it is sent or given up. */
export interface Draft {
  /** The version of the case that the person has looked at. */
  seen: number
  text: string
  order: string
  agency: string
  assists: string[]
  into: string
}

type Listener = (body: CaseBody) => void

/** So many cases are remembered; a list or panel reads again what it shows. */
const KEPT = 500

/**
 * The changes of cases as the stream tells them, handed on to whoever shows
 * cases, and the drafts of moves. It is no copy of the records: pages of cases
 * are asked for from the server. What was kept for one account is gone when it
 * signs out, and stays while it only has to sign in again.
 */
export const useCases = defineStore('cases', () => {
  const latest = new Map<string, CaseBody>() // in order of their last change
  const listeners = new Set<Listener>()
  const restarts = new Set<() => void>()
  const drafts = reactive(new Map<string, Draft>())
  const changes = ref(0)
  const session = useSession()

  /** Takes a case from the stream or from an answer; an older one than is known changes nothing. */
  function take(body: CaseBody): void {
    const known = latest.get(body.id)
    if (known && known.version >= body.version && known.change >= body.change) return
    latest.delete(body.id)
    latest.set(body.id, body)
    if (latest.size > KEPT) latest.delete(latest.keys().next().value!)
    changes.value++
    for (const tell of [...listeners]) tell(body)
  }

  /** The stream has come back, or has lost its place: what is shown may be old. */
  function again(): void {
    latest.clear()
    for (const tell of [...restarts]) tell()
  }

  watch(() => session.account, () => {
    drafts.clear()
    latest.clear()
  }, { flush: 'sync' })

  /** Calls back for every change, and after a restart of the stream; the answer ends it. */
  function watchCases(change: Listener, restart: () => void): () => void {
    listeners.add(change)
    restarts.add(restart)
    return () => {
      listeners.delete(change)
      restarts.delete(restart)
    }
  }

  const of = (id: string): string => `${session.account} ${id} `
  const key = (id: string, verb: string, agency?: string): string => `${of(id)}${verb} ${agency ?? ''}`

  /** The draft of a move, begun now, with what is proposed, if there is none. */
  function draft(id: string, verb: string, agency: string | undefined, seen: number, proposed: Partial<Draft> = {}): Draft {
    const k = key(id, verb, agency)
    let d = drafts.get(k)
    if (!d) {
      d = { seen, text: '', order: '', agency: '', assists: [], into: '', ...proposed }
      drafts.set(k, d)
    }
    return drafts.get(k)!
  }

  function dropDraft(id: string, verb: string, agency?: string): void {
    drafts.delete(key(id, verb, agency))
  }

  /** A move made here took the case from one version to another: drafts that had seen the one have seen the other. */
  function ownMove(id: string, from: number, to: number): void {
    for (const [k, d] of drafts) if (k.startsWith(of(id)) && d.seen === from) d.seen = to
  }

  return { changes, take, again, watchCases, draft, dropDraft, ownMove }
})
