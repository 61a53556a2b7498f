import { get } from '@/api/get'
import { read } from '@/api/read'
import type { components } from '@/api/schema'
import type { RuleBody } from '@/api/types'

export type Explanation = components['schemas']['Explanation']
export type Finding = components['schemas']['Finding']

/** Why a rule has a situation up on an entity, or why not, as of now. Asking changes nothing. */
export function readExplanation(rule: string, entity: string, signal?: AbortSignal): Promise<Explanation> {
  return read<Explanation>(`/api/v1/rules/${encodeURIComponent(rule)}/explain?entity=${encodeURIComponent(entity)}`, { signal })
}

/** Every rule, with what it costs now. */
export async function listRules(signal?: AbortSignal): Promise<RuleBody[]> {
  return (await get('/api/v1/rules', { signal })).rules ?? []
}
