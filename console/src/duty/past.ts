import { read } from '@/api/read'
import type { LayerBody } from '@/api/types'
import { measured } from '@/map/measure'

const hours = 3
const most = 360

type Pairs = { values?: [unknown, string][] | [unknown, string] }

/** Pairs of one attribute; a single reading may stand without its list. */
function pairs(of: Pairs | undefined): [unknown, string][] {
  const v = of?.values
  if (!v) return []
  return (Array.isArray(v[0]) ? v : [v]) as [unknown, string][]
}

/**
 * The value of an entity in a layer over the last hours, by observation time.
 * Of a ratio the parts that were observed together are divided; a whole that
 * was observed at other times counts from then on.
 */
export function courseOf(layer: LayerBody, body: Record<string, unknown>): [number, number][] {
  const [part, whole] = measured(layer)
  if (!part) return []
  const parts = pairs(body[part] as Pairs).map(([v, at]) => [Date.parse(at), v] as const)
  const numbers = parts.filter((p): p is readonly [number, number] => Number.isFinite(p[0]) && typeof p[1] === 'number').sort((a, b) => a[0] - b[0])
  if (!whole) return numbers.map(([at, v]) => [at, v])
  const wholes = pairs(body[whole] as Pairs).map(([v, at]) => [Date.parse(at), Number(v)] as const).sort((a, b) => a[0] - b[0])
  const out: [number, number][] = []
  let i = 0
  for (const [at, v] of numbers) {
    while (i + 1 < wholes.length && wholes[i + 1]![0] <= at) i++
    const of = wholes[i]?.[1] ?? 0
    if (of > 0) out.push([at, v / of])
  }
  return out
}

export async function readPast(layer: LayerBody, id: string, now: number, signal: AbortSignal): Promise<[number, number][]> {
  const query = new URLSearchParams({
    timerel: 'after', timeAt: new Date(now - hours * 3_600_000).toISOString(), attrs: measured(layer).join(','), lastN: String(most), options: 'temporalValues',
  })
  try {
    return courseOf(layer, await read(`/ngsi-ld/v1/temporal/entities/${encodeURIComponent(id)}?${query}`, { signal }))
  } catch (failed) {
    if (signal.aborted) throw failed
    return [] // the card has its values; a course that cannot be read is said to be empty
  }
}
