/** Tells the server that a request is the page's own: such requests keep no session alive. */
export const BACKGROUND_HEADER = 'X-Citybrain-Background'

/** How long after a touch what the page asks counts as a person's. */
const LINGERS = 60_000

let touched = -Infinity

for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel']) {
  globalThis.addEventListener?.(kind, () => (touched = Date.now()), { capture: true, passive: true })
}

/** The header of a request that is made while nobody touches the page. */
export const presence = (): Record<string, string> => (Date.now() - touched < LINGERS ? {} : { [BACKGROUND_HEADER]: '1' })
