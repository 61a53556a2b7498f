import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Duty, SessionBody } from '@/api/types'
import { believe, claim, whenAnother } from '@/api/account'
import { answer, read, refusal } from '@/api/read'
import { Refused, Unreachable } from '@/api/problem'

/** A timer of more than this many milliseconds would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** How long a password may take to be looked at before the server counts as away. */
const PATIENCE = 20_000

/**
 * Who is signed in. `unknown` until the server has been asked, and while it
 * cannot be reached. `expired`: the session ended while the page was open; the
 * page stays as it is under the form to sign in again. That is also so when
 * another account has signed in in this browser, which `other` tells: the cookie
 * is one for all pages, and this page must not act in the other's name.
 */
export const useSession = defineStore('session', () => {
  const state = ref<'unknown' | 'signed-in' | 'signed-out' | 'expired'>('unknown')
  const body = shallowRef<SessionBody | null>(null)
  const other = shallowRef<SessionBody | null>(null)
  /** The last time that somebody signed in or out on this very page. */
  const act = shallowRef<{ kind: 'in' | 'out'; account: string } | null>(null)
  const waitUntil = ref(0) // this machine's time before which the server hears no attempt; 0: none
  let asking: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0 // counts what was done here, so that an answer from before it is not believed

  async function ask(): Promise<void> {
    const asked = turn
    try {
      const session = await read<SessionBody>('/api/v1/session', { cache: 'no-store' })
      if (asked === turn) found(session)
    } catch (error) {
      if (asked === turn) notice(error)
    }
  }

  /** Asks the server who is signed in. */
  function check(): Promise<void> {
    asking ??= ask().finally(() => (asking = null))
    return asking
  }

  /** Asks anew, after an answer that may be from before the asking. */
  async function recheck(): Promise<void> {
    if (state.value === 'unknown') return
    await asking
    await check()
  }

  /** Looks at whom the server knows. Where nobody signs in (--auth open), nobody is replaced either. */
  function found(session: SessionBody): void {
    const mine = body.value
    if (!mine || mine.account === session.account || mine.open || session.open) return take(session)
    clearTimeout(timer)
    other.value = session
    state.value = 'expired'
  }

  /** Resolves when the server has been asked once; asks again while it is not known. */
  const ready = (): Promise<void> => (state.value === 'unknown' ? check() : Promise.resolve())

  /** Looks at an error of any request: a 401 tells that the session has ended. */
  function notice(error: unknown): void {
    if (!(error instanceof Refused) || error.status !== 401) return
    other.value = null
    if (state.value === 'signed-in') state.value = 'expired'
    else if (state.value === 'unknown') leave()
  }

  /** Takes what POST /session or GET /session answered. */
  function take(session: SessionBody): void {
    turn++
    body.value = { ...session, posts: session.posts ?? [] }
    other.value = null
    believe(session.account)
    state.value = 'signed-in'
    clearTimeout(timer)
    const left = session.expiresAt ? Date.parse(session.expiresAt) - Date.now() : NaN
    if (left > 0 && left < LONGEST_TIMER) timer = setTimeout(() => void check(), left + 1000)
  }

  /**
   * Opens a session by a password, by the one-time secret, or by a changed
   * password. Throws Refused or Unreachable; a 429 says in `waitUntil` when the
   * next attempt will be heard.
   */
  async function enter(method: 'POST' | 'PUT', path: string, body: object): Promise<void> {
    let response: Response
    try {
      response = await fetch(path, {
        method, credentials: 'same-origin', headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...(method === 'PUT' && claim(method)) },
        body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE),
      })
    } catch (cause) {
      throw new Unreachable(cause)
    }
    if (!response.ok) {
      const after = Number(response.headers.get('Retry-After'))
      if (response.status === 429) waitUntil.value = Date.now() + (after > 0 ? after : 2) * 1000
      throw await refusal(response)
    }
    waitUntil.value = 0
    const session = (await response.json().catch(() => null)) as SessionBody | null
    take(session?.account ? session : await read<SessionBody>('/api/v1/session', { cache: 'no-store' }))
    act.value = { kind: 'in', account: account.value }
  }

  const signIn = (account: string, password: string): Promise<void> => enter('POST', '/api/v1/session', { account, password })
  const setUp = (secret: string, account: string, password: string): Promise<void> => enter('POST', '/api/v1/setup', { secret, account, password })
  const changePassword = (old: string, fresh: string): Promise<void> => enter('PUT', '/api/v1/session/password', { old, new: fresh })

  /** Ends the session on the server and here. Throws if the server could not be told: then it goes on. */
  async function signOut(): Promise<void> {
    try {
      await answer('/api/v1/session', { method: 'DELETE' })
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error
    }
    const left = account.value
    leave()
    act.value = { kind: 'out', account: left }
  }

  /** The session has ended, here or on the server. */
  function leave(): void {
    turn++
    clearTimeout(timer)
    body.value = null
    other.value = null
    state.value = 'signed-out'
    believe('')
  }

  const posts = computed(() => body.value?.posts ?? [])
  const account = computed(() => body.value?.account ?? '')
  /** --auth open: nobody signs in, and every visitor holds every post. */
  const open = computed(() => body.value?.open ?? false)
  const agencies = computed(() => [...new Set(posts.value.map((p) => p.agency).filter(Boolean))])
  const holds = (duty: Duty, agency?: string): boolean =>
    posts.value.some((p) => p.duty === duty && (agency === undefined || p.agency === agency))

  whenAnother(() => void recheck())

  return { state, body, other, act, account, open, posts, agencies, holds, ready, check, recheck, notice, take, leave, waitUntil, signIn, setUp, changePassword, signOut }
})
