import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Duty, SessionBody } from '@/api/types'
import { answer, read, refusal } from '@/api/read'
import { Refused, Unreachable } from '@/api/problem'

/** A timer of more than this many milliseconds would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** How long a password may take to be looked at before the server counts as away. */
const PATIENCE = 20_000

/**
 * Who is signed in. `unknown` until the server has been asked, and while it
 * cannot be reached. `expired`: the session ended while the page was open; the
 * page stays as it is under the form to sign in again.
 */
export const useSession = defineStore('session', () => {
  const state = ref<'unknown' | 'signed-in' | 'signed-out' | 'expired'>('unknown')
  const body = shallowRef<SessionBody | null>(null)
  const waitUntil = ref(0) // this machine's time before which the server hears no attempt; 0: none
  let asking: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(): Promise<void> {
    try {
      take(await read<SessionBody>('/api/v1/session', { cache: 'no-store' }))
    } catch (error) {
      notice(error)
    }
  }

  /** Asks the server who is signed in. */
  function check(): Promise<void> {
    asking ??= ask().finally(() => (asking = null))
    return asking
  }

  /** Resolves when the server has been asked once; asks again while it is not known. */
  const ready = (): Promise<void> => (state.value === 'unknown' ? check() : Promise.resolve())

  /** Looks at an error of any request: a 401 tells that the session has ended. */
  function notice(error: unknown): void {
    if (!(error instanceof Refused) || error.status !== 401) return
    if (state.value === 'signed-in') state.value = 'expired'
    else if (state.value === 'unknown') leave()
  }

  /** Takes what POST /session or GET /session answered. */
  function take(session: SessionBody): void {
    body.value = { ...session, posts: session.posts ?? [] }
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
        method, credentials: 'same-origin', headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
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
    if (session?.account) take(session)
    else await check()
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
    leave()
  }

  /** The session has ended, here or on the server. */
  function leave(): void {
    clearTimeout(timer)
    body.value = null
    state.value = 'signed-out'
  }

  const posts = computed(() => body.value?.posts ?? [])
  const account = computed(() => body.value?.account ?? '')
  /** --auth open: nobody signs in, and every visitor holds every post. */
  const open = computed(() => body.value?.open ?? false)
  const agencies = computed(() => [...new Set(posts.value.map((p) => p.agency).filter(Boolean))])
  const holds = (duty: Duty, agency?: string): boolean =>
    posts.value.some((p) => p.duty === duty && (agency === undefined || p.agency === agency))

  return { state, body, account, open, posts, agencies, holds, ready, check, notice, take, leave, waitUntil, signIn, setUp, changePassword, signOut }
})
