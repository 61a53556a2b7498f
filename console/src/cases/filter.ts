import type { LocationQuery } from 'vue-router'
import { fromLocal } from './clock'
import type { CaseQuery } from './types'
import { TABS } from './useCaseCounts'
import type { Tab } from './useCaseCounts'

/** The filters of the cases page as they stand in its address. Times are of the city's clock. */
export interface Filter {
  q: string
  state: string
  kind: string
  severity: string
  agency: string
  task: string
  from: string
  to: string
}

export const NO_FILTER: Filter = { q: '', state: '', kind: '', severity: '', agency: '', task: '', from: '', to: '' }

const one = (q: LocationQuery, name: string): string => {
  const v = q[name]
  return (Array.isArray(v) ? v[0] : v) ?? ''
}

export function readFilter(q: LocationQuery): Filter {
  return Object.fromEntries(Object.keys(NO_FILTER).map((k) => [k, one(q, k)])) as unknown as Filter
}

/** Who looks for a case does not say whether it is closed: while something is looked for, all are listed unless a tab was chosen. */
export const usualTab = (q: string): Tab => (q ? 'all' : 'open')

export function readTab(q: LocationQuery): Tab {
  const tab = one(q, 'tab') as Tab
  return TABS.includes(tab) ? tab : usualTab(one(q, 'q'))
}

/** The members of an address that are not empty. */
export function writeQuery(parts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).filter(([, v]) => v !== ''))
}

/** What the server is asked for. A task's state is one of an agency's, so without an agency it does not filter. */
export function caseQuery(f: Filter, zone: string): CaseQuery {
  const out: CaseQuery = {}
  // What has neither letter nor digit looks for nothing; the server would refuse it.
  if (/[\p{L}\p{N}]/u.test(f.q)) out.q = f.q.trim().slice(0, 200)
  if (f.state) out.state = f.state
  if (f.kind) out.kind = f.kind
  if (f.severity) out.severity = f.severity as CaseQuery['severity']
  if (f.agency) out.agency = f.agency
  if (f.agency && f.task) out.task = f.task
  const from = f.from && fromLocal(`${f.from}T00:00`, zone)
  const to = f.to && fromLocal(`${nextDay(f.to)}T00:00`, zone)
  if (from) out.openedFrom = from
  if (to) out.openedTo = to
  return out
}

/** A person who says "until the 12th" means the whole of it. */
function nextDay(day: string): string {
  const d = new Date(`${day}T00:00:00Z`)
  d.setUTCDate(d.getUTCDate() + 1)
  return Number.isNaN(d.getTime()) ? day : d.toISOString().slice(0, 10)
}
