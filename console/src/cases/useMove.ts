import { computed, ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { Refused, Unreachable } from '@/api/problem'
import { useCases } from '@/stores/cases'
import { useConnection } from '@/stores/connection'
import { useSession } from '@/stores/session'
import type { Choice, Move, MoveRequest } from './types'
import { proposal } from './proposal'
import type { CaseHandle } from './useCase'

/** The longest text of a move, as casework has it. */
export const MAX_TEXT = 4000

/** Nobody said what became of a request: there was no answer, or only that of a proxy before the server. */
function unanswered(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refused && (error.status === 502 || error.status === 504))
}

/** What a form asks for. */
export interface Asks {
  text: 'needed' | 'may' | null
  order: 'needed' | 'may' | null
  agency: boolean // to be chosen: of dispatch and assist
  assists: boolean
  into: boolean
}

/**
 * What a choice asks of who makes it. The text of dispatch and assist is their
 * order, which a procedure may have already.
 */
export function asks(choice: Choice, procedure: boolean): Asks {
  const needs = new Set<string>(choice.needs ?? [])
  const may = new Set<string>(choice.may ?? [])
  const text = needs.has('text') ? 'needed' : may.has('text') ? 'may' : null
  const orders = choice.verb === 'dispatch' || choice.verb === 'assist'
  return {
    text: orders ? null : text,
    order: orders ? (procedure ? 'may' : 'needed') : null,
    agency: needs.has('agency') && !choice.agency,
    assists: needs.has('assists'),
    into: needs.has('into'),
  }
}

/** A choice that needs and takes nothing goes without a form. */
export function bare(choice: Choice): boolean {
  return choice.verb === 'accept' && !choice.needs?.length
}

/**
 * One move being made: its draft, what is missing, and what became of sending
 * it. `stale`: the case is not as the person saw it; nothing is sent until they
 * have looked. `lost`: no answer came; the case is read before anything is sent
 * again, because the move may have arrived.
 */
export function useMove(handle: CaseHandle, choice: Ref<Choice>) {
  const store = useCases()
  const session = useSession()
  const connection = useConnection()
  const body = computed(() => handle.detail.value?.case)
  const asked = computed(() => asks(choice.value, !!body.value?.procedure))
  const draft = computed(() => store.draft(body.value?.id ?? '', choice.value.verb, choice.value.agency, body.value?.version ?? 0, choice.value.verb === 'dispatch' && handle.detail.value ? proposal(handle.detail.value) : {}))

  const state = ref<'editing' | 'sending' | 'refused' | 'lost' | 'checked' | 'arrived' | 'done'>('editing')
  const error = shallowRef<unknown>(null)
  const told = shallowRef<readonly Move[]>([]) // moves that a 409 told of
  const touched = ref(false)

  const stale = computed(() => (body.value?.version ?? 0) > draft.value.seen || told.value.some((m) => m.seq > draft.value.seen))
  /** What has happened since the person looked. */
  const changes = computed(() => {
    const known = (handle.detail.value?.moves ?? []).filter((m) => m.seq > draft.value.seen)
    return known.length ? known : told.value.filter((m) => m.seq > draft.value.seen)
  })
  /** The same choice as the case stands now. */
  const now = computed(() => handle.detail.value?.choices.find((c) => c.verb === choice.value.verb && (c.agency ?? '') === (choice.value.agency ?? '')))
  const gone = computed(() => !now.value?.allowed)

  /** The names of the fields that are missing or too long. */
  const faults = computed<Record<string, 'required' | 'tooLong'>>(() => {
    const out: Record<string, 'required' | 'tooLong'> = {}
    const d = draft.value
    const a = asked.value
    const text = (name: 'text' | 'order', want: 'needed' | 'may' | null) => {
      if (want === 'needed' && !d[name].trim()) out[name] = 'required'
      else if (want && [...d[name]].length > MAX_TEXT) out[name] = 'tooLong'
    }
    text('text', a.text)
    text('order', a.order)
    if (a.agency && !d.agency) out['agency'] = 'required'
    if (a.into && !d.into) out['into'] = 'required'
    return out
  })

  function request(): MoveRequest {
    const d = draft.value
    const a = asked.value
    const r: MoveRequest = { verb: choice.value.verb as MoveRequest['verb'], version: d.seen }
    const agency = a.agency ? d.agency : choice.value.agency
    if (agency) r.agency = agency
    if (a.assists && d.assists.length) r.assists = d.assists.filter((id) => id !== agency)
    if (a.order && d.order.trim()) r.order = d.order.trim()
    if (a.text && d.text.trim()) r.text = d.text.trim()
    if (a.into) r.into = d.into
    return r
  }

  async function submit(): Promise<void> {
    touched.value = true
    if (state.value === 'sending' || handle.busy.value || stale.value || Object.keys(faults.value).length) return
    state.value = 'sending'
    error.value = null
    try {
      if (!(await handle.perform(request()))) return void (state.value = 'editing')
      state.value = 'done'
      drop()
    } catch (failed) {
      error.value = failed
      if (unanswered(failed)) state.value = 'lost'
      else {
        const since = failed instanceof Refused ? ((failed.problem.changes as Move[] | undefined) ?? []) : []
        // A browser sends a request again by itself when a connection that it had kept breaks: then what changed is this very move.
        if (arrived(since)) return void (error.value = null, state.value = 'arrived', drop())
        state.value = 'refused'
        told.value = since
      }
    }
  }

  /** The person has seen what changed and goes on from there. */
  function look(): void {
    draft.value.seen = Math.max(body.value?.version ?? 0, ...told.value.map((m) => m.seq))
    told.value = []
    state.value = 'editing'
    error.value = null
  }

  /** After a lost connection: reads the case, and says whether the move is in it. */
  async function recheck(): Promise<void> {
    if (state.value !== 'lost' || !(await readAgain())) return
    if (state.value !== 'lost') return
    const mine = arrived(changes.value)
    state.value = mine ? 'arrived' : 'checked'
    error.value = null
    if (mine) drop()
  }

  /** Whether the move that was sent is among these. */
  function arrived(moves: readonly Move[]): boolean {
    const sent = request()
    return moves.some((m) => m.verb === sent.verb && m.account === session.account && (m.text ?? '') === (sent.text ?? '') && m.seq === sent.version + 1)
  }

  /** Reads the case, also when another reading of it breaks this one off: that of the stream, which comes back at the same time. */
  async function readAgain(): Promise<boolean> {
    for (let i = 0; i < 5 && state.value === 'lost'; i++) {
      if (await handle.load()) return true
      await new Promise((later) => setTimeout(later, 300))
    }
    return false
  }

  watch(() => connection.standing.state, (s) => {
    if (s === 'live') void recheck()
  })

  function drop(): void {
    if (body.value) store.dropDraft(body.value.id, choice.value.verb, choice.value.agency)
  }

  return { draft, asked, state, error, stale, changes, gone, now, faults, touched, submit, look, recheck, drop }
}
