import { Refused, Unreachable } from '@/api/problem'
import type { Text } from '@/words/texts'

type Say = (key: string, values?: Record<string, unknown>) => string

/**
 * What a person reads of a request that failed: the server's own words where it
 * said something that they can act on, otherwise what the status means.
 */
export function reason(error: unknown, t: Say, say: (text: Text) => string): string {
  if (error instanceof Unreachable) return t('cases.lost.away')
  if (!(error instanceof Refused)) return error instanceof Error ? error.message : String(error)
  const p = error.problem
  const both = (p as { reason?: Text }).reason
  if (both) return say(both)
  switch (true) {
    case p.status === 401:
      return t('cases.failed.signedOut')
    case p.status === 404:
      return t('cases.failed.missing')
    case p.status === 503:
      return p.detail || t('cases.failed.unavailable')
    case p.status >= 500:
      return t('cases.failed.server', { id: p.requestId ?? '' })
    case p.status === 403:
      return p.detail || t('cases.failed.denied')
  }
  return p.detail || p.title
}
