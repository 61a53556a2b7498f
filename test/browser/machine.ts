// Times are promised for a machine of two cores that does nothing else. On one
// that is busy besides, a bound is that many times longer, and the test says so.
import { cpus, loadavg } from 'node:os'

/**
 * How many times slower than an idle machine with a graphics card this one may
 * be now. At least 2.5: the browser draws the map by software, on the cores that
 * the program runs on.
 */
export function busy(): number {
  return Math.max(2.5, Math.round((loadavg()[0] / cpus().length) * 10) / 10)
}

/** A measured time beside its bound, as the tests print it. */
export function report(what: string, seconds: number, bound: number, slack: number): string {
  const besides = slack > 1 ? `, times ${slack} because the machine is busy` : ''
  return `${what}: ${seconds.toFixed(1)} s (bound ${bound} s${besides})`
}
