import { answer } from '@/api/read'
import type { EntityBody, FeedBody, QuarantinedBody, SituationBody } from '@/api/types'
import type { CaseBody } from '@/cases/types'

/** A row that a figure counts, of one of the kinds that interfaces answer. */
export type Row =
  | { kind: 'situation'; id: string; body: SituationBody }
  | { kind: 'case'; id: string; body: CaseBody }
  | { kind: 'entity'; id: string; body: EntityBody }
  | { kind: 'feed'; id: string; body: FeedBody }
  | { kind: 'quarantine'; id: string; body: QuarantinedBody }

export interface RowPage {
  rows: Row[]
  next: string | null // where the rows go on; null: these were the last
}

const pageSize = 100

/** The address of the first page: what the figure says, with a size where it has none. */
export function firstPage(href: string): string {
  const url = new URL(href, 'http://city')
  if (!url.searchParams.has('limit') && !/\/feeds$/.test(url.pathname)) url.searchParams.set('limit', String(pageSize))
  return url.pathname + url.search
}

const lists = { situations: 'situation', cases: 'case', feeds: 'feed', rows: 'quarantine', quarantine: 'quarantine', entities: 'entity' } as const

/** Reads one page of rows, of whatever interface the figure names. */
export async function readRows(href: string): Promise<RowPage> {
  const response = await answer(href)
  const body = (await response.json()) as unknown
  const url = new URL(href, 'http://city')
  if (Array.isArray(body)) {
    const rows = (body as EntityBody[]).map((e): Row => ({ kind: 'entity', id: e.id, body: e }))
    const limit = Number(url.searchParams.get('limit') ?? 20)
    const offset = Number(url.searchParams.get('offset') ?? 0)
    if (rows.length < limit) return { rows, next: null }
    url.searchParams.set('offset', String(offset + limit))
    return { rows, next: url.pathname + url.search }
  }
  const members = body as Record<string, unknown>
  const list = (Object.keys(lists) as (keyof typeof lists)[]).find((name) => Array.isArray(members[name]))
  const rows = list ? (members[list] as { id: string }[]).map((b) => ({ kind: lists[list], id: b.id, body: b }) as Row) : []
  const next = members['next']
  if (typeof next !== 'string' || !next) return { rows, next: null }
  url.searchParams.set('after', next)
  return { rows, next: url.pathname + url.search }
}
