import type { components } from '@/api/schema'
import { read } from '@/api/read'
import { queryText } from '@/cases/api'

export type QuarantinedRow = components['schemas']['Quarantined']
export type QuarantineList = components['schemas']['QuarantineList']
export type Resubmitted = components['schemas']['Resubmit']

export async function listQuarantine(query: { feed?: string; state: string; after?: string; limit: number }, signal?: AbortSignal): Promise<QuarantineList> {
  const body = await read<QuarantineList>(`/api/v1/quarantine${queryText(query)}`, { signal })
  return { ...body, rows: body.rows ?? [] }
}

export function resubmit(id: string, raw: string): Promise<Resubmitted> {
  return read<Resubmitted>(`/api/v1/quarantine/${encodeURIComponent(id)}/resubmit`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ raw }), signal: AbortSignal.timeout(20_000),
  })
}
