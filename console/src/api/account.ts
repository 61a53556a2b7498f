/** Names the account that this page believes is signed in; the server refuses to change anything in another's name. */
export const ACCOUNT_HEADER = 'X-Citybrain-Account'

/** The guard of a refusal because another account has signed in in this browser. */
export const ANOTHER_ACCOUNT = 'another-account'

let believed = ''
let tell: () => void = () => {}

/** The page believes from now on that this account is signed in; '' for nobody. */
export function believe(account: string): void {
  believed = account
}

/** Calls back whenever the server says that another account has signed in. */
export function whenAnother(work: () => void): void {
  tell = work
}

/** Looks at what the server refused with. */
export function heed(guard: string | undefined): void {
  if (guard === ANOTHER_ACCOUNT) tell()
}

/** The header that a request has to carry: one that changes something says for whom. */
export function claim(method = 'GET'): Record<string, string> {
  return believed && !['GET', 'HEAD', 'OPTIONS'].includes(method.toUpperCase()) ? { [ACCOUNT_HEADER]: believed } : {}
}
