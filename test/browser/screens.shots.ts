// Every screen in four sizes and two languages, into screenshots/ at the root of
// the repository. What is taken is the program as it runs, never a drawing.
import type { Browser } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { again, call, cookieOf, demo, expect, still, test, type City } from './city.ts'
import { browserFor, fillIn, type Language, Person, type Theme } from './person.ts'
import { folder, root } from './server.ts'

const sizes = [[1366, 768], [1920, 1080], [3840, 2160], [390, 844]] as const
const into = path.join(root, 'screenshots')
mkdirSync(into, { recursive: true })

interface Look { width: number; height: number; language: Language; theme: Theme }
const looks: Look[] = sizes.flatMap(([width, height]) =>
  (['zh', 'en'] as const).flatMap((language) =>
    (width === 1920 ? (['dark', 'light'] as const) : (['dark'] as const)).map((theme) => ({ width, height, language, theme }))))
const name = (l: Look, what: string) => path.join(into, `${l.width}x${l.height}-${l.language}-${l.theme}-${what}.png`)
const manner = (l: Look) => ({ language: l.language, theme: l.theme, size: { width: l.width, height: l.height } })

interface Case { id: string; number: string; version: number; tasks: { agency: string; lead: boolean }[] }

/** A city half an hour into a rainy evening, with a case that people are at work on. */
async function livelyCity(data: string): Promise<{ city: City; subject: Case }> {
  const city = await demo(data, '--speed', '30')
  const officer = await cookieOf(city, 'duty-officer')
  let subject: Case | undefined
  await expect(async () => {
    const { cases } = await call<{ cases: Case[] }>(city, officer, 'GET', '/api/v1/cases?kind=flooded-underpass&limit=100')
    const { total } = await call<{ total: number }>(city, officer, 'GET', '/api/v1/cases?limit=1')
    subject = cases.at(-1)
    expect(total).toBeGreaterThan(8)
    expect(subject).toBeDefined()
  }).toPass({ timeout: 120_000 })
  const move = async (account: string, verb: string, agency: string, text?: string) => {
    const cookie = await cookieOf(city, account)
    const { case: now } = await call<{ case: Case }>(city, cookie, 'GET', `/api/v1/cases/${subject!.id}`)
    await call(city, cookie, 'POST', `/api/v1/cases/${now.id}/moves`, { verb, agency, version: now.version, text })
  }
  await move('drainage-dispatcher', 'accept', 'water-authority')
  await move('traffic-dispatcher', 'accept', 'traffic-police')
  await move('traffic-dispatcher', 'finish', 'traffic-police', '隧道两端已封闭，车辆已引导绕行，隧道内无被困车辆。')
  await move('bus-dispatcher', 'accept', 'transit-operator')
  return { city, subject: subject! }
}

async function shoot(browser: Browser, city: City, subject: Case, look: Look): Promise<void> {
  const officer = await Person.at(browser, city, 'duty-officer', manner(look))
  const { page } = officer
  const take = (what: string) => page.screenshot({ path: name(look, what) })
  /** The map has drawn itself; on a phone it is one of several tabs. */
  const drawn = async () => {
    await expect(page.locator('.maplibregl-canvas')).toBeVisible()
    await expect(page.locator('main .state-of.loading, main .bones')).toHaveCount(0)
    await page.waitForFunction(() => document.fonts.status === 'loaded')
    await page.waitForTimeout(2500) // tiles fade in, and a canvas does not say when it has finished
  }
  await page.goto('/')
  await drawn()
  await take('duty')
  await page.goto(`/?case=${subject.id}`)
  await officer.sees(subject.number)
  await drawn()
  await take('duty-case')
  if (look.width < 768) expect(await page.locator('.at-case').evaluate((e) => e.clientWidth)).toBe(look.width)
  await page.goto(`/cases/${subject.id}`)
  await officer.sees(subject.number)
  await take('case')
  await page.goto('/cases')
  await expect(page.locator('[data-row]').first()).toBeVisible()
  await take('cases')
  await page.goto('/feeds')
  await expect(page.locator('.feeds tbody tr').first()).toBeVisible()
  await expect(page.locator('main .state-of.loading')).toHaveCount(0)
  const row = page.locator('.quarantine [data-row]').first()
  if (await row.isVisible()) await row.click()
  await take('feeds')
  await page.goto('/evidence')
  await expect(page.locator('main pre').first()).toBeVisible()
  await take('evidence')
  await page.goto('about:blank') // an answer still under way would bring the cookie back
  await page.context().clearCookies()
  await page.goto('/')
  await expect(page.locator('form')).toBeVisible()
  await take('sign-in')
  await officer.leave()
}

for (const [width, height] of sizes) {
  // A city of its own for each size: the rain of the evening passes while pictures are taken.
  test(`every screen of a lively city, ${width}×${height}`, async ({ browser }) => {
    const [data, remove] = folder()
    const { city, subject } = await livelyCity(data)
    try {
      for (const look of looks.filter((l) => l.width === width)) await test.step(JSON.stringify(look), () => shoot(browser, city, subject, look))
    } finally {
      await city.server.stop()
      remove()
    }
  })
}

test('a city in which nothing happens, and one that has been lost', async ({ browser }) => {
  const [data, remove] = folder()
  const city = await still(data)
  try {
    for (const look of looks) {
      const { context, page } = await browserFor(browser, city, manner(look))
      await page.goto('/')
      await fillIn(page, 'duty-officer', city.passwords.get('duty-officer')!, look.language)
      await expect(page.locator('.standing')).toHaveClass(/is-live/)
      await expect(page.locator('main .state-of.loading, main .bones')).toHaveCount(0)
      await page.screenshot({ path: name(look, 'empty') })
      await city.server.stop()
      await expect(page.locator('.notice')).toBeVisible()
      await page.screenshot({ path: name(look, 'lost') })
      await context.close()
      await again(city)
    }
  } finally {
    await city.server.stop()
    remove()
  }
})
