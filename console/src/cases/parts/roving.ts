/** The keys that move within a list, and how far. */
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }

/** Where a key leads from one place of a list of n, or null if it is none of the list's keys. */
export function stepTo(key: string, at: number, n: number): number | null {
  const step = STEPS[key]
  if (step === undefined || n === 0) return null
  return Math.min(n - 1, Math.max(0, at + step))
}
