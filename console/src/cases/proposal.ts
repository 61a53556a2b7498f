import type { CaseDetail, Task } from './types'

const gone = (t: Task): boolean => t.state === 'returned' || t.state === 'withdrawn'

/** The task of whoever led before and gave the case back, if that is why it is to be dispatched. */
export function givenBack(d: CaseDetail): Task | undefined {
  const last = d.moves.findLast((m) => m.verb === 'return' || m.verb === 'withdraw' || m.verb === 'dispatch')
  return last && last.verb !== 'dispatch' ? d.case.tasks.find((t) => t.agency === last.agency && t.lead && gone(t)) : undefined
}

/**
 * What a dispatch begins with: who was asked last, or else whom the procedure
 * asks. An agency that still has a task keeps it, and one that gave an assisting
 * task back is not asked again unasked. An order that a person wrote is kept;
 * the procedure's own stay the procedure's.
 */
export function proposal(d: CaseDetail): { agency: string; assists: string[]; order: string } {
  const last = d.moves.findLast((m) => m.verb === 'dispatch')
  const before = d.case.tasks.find((t) => t.lead && gone(t))
  const agency = last?.agency ?? d.orders[0]?.agency ?? ''
  const wanted = last ? last.assists : d.orders.slice(1).flatMap((o) => o.agency ?? [])
  const has = new Set(d.case.tasks.map((t) => t.agency))
  return { agency, assists: [...new Set(wanted)].filter((a) => a !== agency && !has.has(a)), order: before && !before.asked ? before.order : '' }
}

/** What the procedure asks of agencies, where nobody says it otherwise. */
export function asked(d: CaseDetail | null, agencies: readonly string[]): CaseDetail['orders'] {
  return (d?.orders ?? []).filter((o) => o.agency && agencies.includes(o.agency))
}
