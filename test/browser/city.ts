// Cities to test on: the simulated one, the replayed one, and one in which
// nothing happens unless the test does it. Each worker has at most one of each.
import { test as base } from '@playwright/test'
import path from 'node:path'
import { Server, folder } from './server.ts'

/** A city that is being served, and who can sign in to it. */
export interface City {
  server: Server
  url: string
  data: string
  /** Account to password. */
  passwords: ReadonlyMap<string, string>
}

/** Why the tests on real data cannot run; empty if they can. */
export const noRealData = process.env.CITYBRAIN_DATA ? '' : 'not run: CITYBRAIN_DATA does not name the folder of the real data'

/** The simulated city, as a newcomer starts it. */
export async function demo(data: string, ...flags: string[]): Promise<City> {
  const server = await Server.start(['demo', '--listen', '127.0.0.1:0', '--seed', '1', '--data', data, ...flags])
  const printed = server.output.matchAll(/^ {2}([a-z-]+) +([a-z0-9]{4}(?:-[a-z0-9]{4}){3}) /gm)
  return { server, url: server.url, data, passwords: new Map([...printed].map(([, account, password]) => [account, password])) }
}

const quiet = (data: string, listen: string) => ['serve', '--city', 'cities/aarhus', '--data', data, '--listen', listen]

/** A city without feeds: what happens in it is what the test does. */
export async function still(data: string, listen = '127.0.0.1:0'): Promise<City> {
  const server = await Server.start(quiet(data, listen))
  return { server, url: server.url, data, passwords: await settle(server) }
}

/** The same city again, at the same address, after its server has gone. */
export async function again(city: City): Promise<void> {
  city.server = await Server.start(quiet(city.data, new URL(city.url).host))
}

/** The Aarhus window, replayed to its end. */
async function replayed(data: string): Promise<City> {
  const feeds = path.join(process.env.CITYBRAIN_DATA!, 'aarhus')
  const server = await Server.start([
    ...quiet(data, '127.0.0.1:0'), '--feeds', feeds, '--replay', '0', '--from', '2014-08-11T00:00:00Z', '--until', '2014-09-01T00:00:00Z',
  ])
  const passwords = await settle(server)
  await server.says(/the replay has ended/, 150_000)
  return { server, url: server.url, data, passwords }
}

/** Calls an interface of a city; a refusal is an error that shows what was answered. */
export async function call<T>(city: City | Server, cookie: string, method: string, to: string, body?: unknown): Promise<T> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', Cookie: cookie }
  const response = await fetch(city.url + to, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${to}: ${response.status} ${await response.text()}`)
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** Signs in without a page, and returns the cookie. */
export async function cookieOf(city: City, account: string): Promise<string> {
  return session(city.server, '/api/v1/session', { account, password: city.passwords.get(account) })
}

async function session(server: Server, to: string, body: object): Promise<string> {
  const response = await fetch(server.url + to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${to}: ${response.status} ${await response.text()}`)
  return response.headers.get('set-cookie')!.split(';')[0]
}

interface Post { id: string; name: { zh: string; en: string } }

/** Makes the first administrator by the secret that was printed, and an account for every post. */
async function settle(server: Server): Promise<Map<string, string>> {
  const [, secret] = await server.says(/setup secret: (\S+)/, 10_000)
  const passwords = new Map([['administrator', 'river-lamp-09-chalk']])
  const cookie = await session(server, '/api/v1/setup', { secret, account: 'administrator', password: passwords.get('administrator') })
  const { posts } = await call<{ posts: Post[] }>(server, cookie, 'GET', '/api/v1/posts')
  for (const { id, name } of posts.filter((p) => p.id !== 'administrator')) {
    passwords.set(id, `of-${id}-11-brook`)
    await call(server, cookie, 'POST', '/api/v1/accounts', { id, name, posts: [id], password: passwords.get(id) })
  }
  return passwords
}

async function during(start: (data: string) => Promise<City>, use: (city: City) => Promise<void>): Promise<void> {
  const [data, remove] = folder()
  const city = await start(data)
  try {
    await use(city)
  } finally {
    await city.server.stop()
    remove()
  }
}

/** Tests with cities. A city is started when the first test of the worker asks for it. */
export const test = base.extend<object, { demoCity: City; stillCity: City; aarhus: City }>({
  demoCity: [async ({}, use) => during(demo, use), { scope: 'worker', timeout: 60_000 }],
  stillCity: [async ({}, use) => during(still, use), { scope: 'worker', timeout: 60_000 }],
  aarhus: [async ({}, use) => during(replayed, use), { scope: 'worker', timeout: 180_000 }],
})
export { expect } from '@playwright/test'
