// What must never happen on a page: an error in its console, a breach of its
// Content-Security-Policy, a request to another host.
import type { BrowserContext } from '@playwright/test'
import { expect } from './city.ts'

export class Faults {
  readonly list: string[] = []
  private expected: RegExp[] = []

  /** Notes everything that goes wrong on every page of a browser from now on. */
  static async of(context: BrowserContext): Promise<Faults> {
    const faults = new Faults()
    const note = (what: string) => void (faults.expected.some((e) => e.test(what)) || faults.list.push(what))
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (e) => console.error(`security policy: ${e.violatedDirective} ${e.blockedURI} at ${e.sourceFile}:${e.lineNumber}`))
    })
    context.on('console', (m) => {
      if (m.type() === 'error') note(`${m.text()} ${m.location().url}`)
    })
    context.on('weberror', (e) => note(String(e.error().stack)))
    context.on('request', (r) => {
      const to = new URL(r.url())
      if (['127.0.0.1', 'localhost'].includes(to.hostname) || ['data:', 'blob:'].includes(to.protocol)) return
      note(`a request to another host: ${r.url()}`)
    })
    // Who is not signed in is told so, and the browser writes each such answer into the console.
    faults.allow(/status of 401 .*\/api\/v1\/session$/)
    return faults
  }

  /** What the test itself brings about. */
  allow(...what: RegExp[]): void {
    this.expected.push(...what)
  }

  none(): void {
    expect(this.list, 'errors in the console, breaches of the security policy, requests to other hosts').toEqual([])
  }
}
