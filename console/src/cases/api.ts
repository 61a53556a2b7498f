import type { SituationBody } from '@/api/types'
import { answer, read } from '@/api/read'
import type {
  CaseBody, CaseDetail, CaseListBody, CaseQuery, LedgerBody, MoveRequest, NewCase, UploadFields, Verification,
} from './types'

const BASE = '/api/v1'

/** How long a move may take before the server counts as away. */
const PATIENCE = 20_000

function post(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  }
}

/** Members that are undefined, empty or false are left out. */
export function queryText(query: object): string {
  const p = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '' && value !== false && value !== null) p.set(name, String(value))
  }
  const text = p.toString()
  return text ? `?${text}` : ''
}

/** Lists that the server leaves out or answers as null are empty. */
function whole(c: CaseBody): CaseBody {
  return { ...c, tasks: c.tasks ?? [], files: c.files ?? [], from: c.from ?? [] }
}

function wholeDetail(d: CaseDetail): CaseDetail {
  return { ...d, case: whole(d.case), moves: d.moves ?? [], choices: d.choices ?? [], orders: d.orders ?? [], checks: d.checks ?? [] }
}

const casePath = (id: string) => `${BASE}/cases/${encodeURIComponent(id)}`

export async function listCases(query: CaseQuery, signal?: AbortSignal): Promise<CaseListBody> {
  const body = await read<CaseListBody>(`${BASE}/cases${queryText(query)}`, { signal })
  return { ...body, cases: (body.cases ?? []).map(whole) }
}

export async function readCase(id: string, signal?: AbortSignal): Promise<CaseDetail> {
  return wholeDetail(await read<CaseDetail>(casePath(id), { signal }))
}

export async function moveCase(id: string, move: MoveRequest): Promise<CaseDetail> {
  return wholeDetail(await read<CaseDetail>(`${casePath(id)}/moves`, post(move)))
}

export async function reportCase(report: NewCase): Promise<CaseDetail> {
  return wholeDetail(await read<CaseDetail>(`${BASE}/cases`, post(report)))
}

export async function attachFile(id: string, file: Blob, fields: UploadFields, signal?: AbortSignal): Promise<CaseDetail> {
  const headers = { 'Content-Type': file.type || 'application/octet-stream' }
  return wholeDetail(await read<CaseDetail>(`${casePath(id)}/files${queryText(fields)}`, { method: 'POST', headers, body: file, signal }))
}

export const readVerification = (id: string): Promise<Verification> => read<Verification>(`${casePath(id)}/verification`, { cache: 'no-store' })

export const readSituation = (id: string, signal?: AbortSignal): Promise<SituationBody> =>
  read<SituationBody>(`${BASE}/situations/${encodeURIComponent(id)}`, { signal })

export const readLedger = (): Promise<LedgerBody> => read<LedgerBody>(`${BASE}/ledger`, { cache: 'no-store' })

export async function hasRecord(record: string): Promise<boolean> {
  return (await answer(proofHref(record))).ok
}

export const fileHref = (id: string, hash: string): string => `${casePath(id)}/files/${encodeURIComponent(hash)}`

export const proofHref = (record: string): string => `${BASE}/records/${encodeURIComponent(record)}/proof`
