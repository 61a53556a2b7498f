import { claim, heed } from './account'
import { presence } from './presence'
import type { Problem } from './problem'
import { Refused, Unreachable } from './problem'

/**
 * Reads JSON of this city. Throws Refused with the problem that the server
 * answered, or Unreachable where there was no answer; an abort passes through.
 */
export async function read<T>(href: string, init: RequestInit = {}): Promise<T> {
  return (await answer(href, init)).json() as Promise<T>
}

/** As read, for those who need headers or another body. */
export async function answer(href: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(href, { credentials: 'same-origin', ...init, headers: { Accept: 'application/json', ...claim(init.method), ...presence(), ...init.headers } })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new Unreachable(cause)
  }
  if (response.ok) return response
  throw await refusal(response)
}

/** The refusal that a response states. A proxy's page is no problem document; its status still says enough. */
export async function refusal(response: Response): Promise<Refused> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
  heed(problem.guard)
  return new Refused({ title: response.statusText, ...problem, status: response.status })
}
