import type { components } from '@/api/schema'
import { read } from '@/api/read'
import { queryText } from '@/cases/api'

export type AccountBody = components['schemas']['Account']
export type NewAccount = components['schemas']['NewAccountRequest']
export type AccountChange = components['schemas']['AccountRequest']

const BASE = '/api/v1/accounts'

const send = (method: string, body: object): RequestInit => ({
  method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(20_000),
})

/** Every account, page after page. */
export async function listAccounts(): Promise<AccountBody[]> {
  const all: AccountBody[] = []
  let after: string | undefined
  do {
    const page = await read<components['schemas']['AccountList']>(BASE + queryText({ after }), { cache: 'no-store' })
    all.push(...(page.accounts ?? []))
    after = page.next || undefined
  } while (after && all.length < 10_000)
  return all
}

export const addAccount = (a: NewAccount): Promise<AccountBody> => read<AccountBody>(BASE, send('POST', a))

export const changeAccount = (id: string, c: AccountChange): Promise<AccountBody> => read<AccountBody>(`${BASE}/${encodeURIComponent(id)}`, send('PATCH', c))
