/**
 * Runs work one at a time, so that an older answer never overwrites a newer.
 * Who asks while it is under way gets the run after it, because what is being
 * read may be from before the asking; all who ask meanwhile share that run.
 */
export function inTurn(work: () => Promise<void>): () => Promise<void> {
  let now: Promise<void> | null = null
  let next: Promise<void> | null = null
  function run(): Promise<void> {
    now = work().finally(() => (now = null))
    return now
  }
  return () => {
    if (next) return next
    if (!now) return run()
    next = now
      .catch(() => undefined)
      .then(() => {
        next = null
        return run()
      })
    return next
  }
}
