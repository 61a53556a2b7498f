import type { NewCase } from './types'

/**
 * The keys of the reports of one form. What was sent and comes again unchanged,
 * because no answer came, has the key that it had, and opens no second case;
 * changed words are another report. (crypto.randomUUID needs a secure origin.)
 */
export function reportKey(): (report: NewCase) => string {
  const keys = new Map<string, string>()
  return (report) => {
    const words = JSON.stringify(report)
    const key = keys.get(words) ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
    keys.set(words, key)
    return key
  }
}
