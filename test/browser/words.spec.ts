// What a duty officer reads at three in the morning: words instead of names of
// fields and files, the case that is looked for, and its place on the map.
import { call, cookieOf, expect, test, type City } from './city.ts'
import { Person } from './person.ts'

interface Case { id: string; number: string; version: number; state: string; title: { zh: string; en: string }; situation: { id: string } }

/** The first flooded underpass of the demo. */
async function flooded(city: City): Promise<Case> {
  const cookie = await cookieOf(city, 'duty-officer')
  let found: Case | undefined
  await expect(async () => {
    const { cases } = await call<{ cases: Case[] }>(city, cookie, 'GET', '/api/v1/cases?kind=flooded-underpass&order=opened&limit=100')
    found = cases.at(-1)
    expect(found).toBeDefined()
  }).toPass({ timeout: 150_000 })
  return found!
}

test('what a rule saw is said in words, with units, and leads to its place', async ({ browser, demoCity: city }) => {
  test.setTimeout(240_000)
  const subject = await flooded(city)
  const officer = await Person.at(browser, city, 'duty-officer', { page: `/cases/${subject.id}` })
  const { page } = officer
  const rows = page.locator('[data-section="situation"] tbody tr')
  await expect(rows.filter({ hasText: '积水深度' })).toContainText(/\d(\.\d)?cm/)
  await expect(rows.filter({ hasText: '积水深度' }).first()).toContainText('隧道水位与道闸')
  const said = await page.locator('[data-section="situation"]').innerText()
  const raw = said.match(/[A-Za-z][A-Za-z-]{3,}|[0-9a-f]{12,}/g) ?? []
  expect(raw.filter((word) => !/^NGSI-LD$/.test(word)), 'names of fields, files and situations on a Chinese page').toEqual([])
  const rain = rows.getByRole('button').first()
  await expect(rain).toHaveText(/短时强降雨|泵站排水失效/)
  await rain.click()
  await expect(page).toHaveURL(/\/$/)
  await expect(page.locator('.card h2')).toHaveText(/站/)
  await page.goto(`/cases/${subject.id}`)
  await page.locator('header').getByText('EN', { exact: true }).click()
  await expect(rows.filter({ hasText: 'Water depth' }).first()).toContainText('Underpass water')
  expect((await page.locator('[data-section="situation"]').innerText()).match(/[\u3400-\u9fff]/), 'Chinese on an English page').toBeNull()
  await officer.leave()
})

test('a case is found by its number, its title and its place, and the address keeps what was looked for', async ({ browser, demoCity: city }) => {
  test.setTimeout(240_000)
  const subject = await flooded(city)
  const officer = await Person.at(browser, city, 'duty-officer', { page: '/cases' })
  const { page } = officer
  const field = page.getByRole('search').getByRole('searchbox')
  const rows = page.locator('tbody tr')
  const looksFor = (what: string) => expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe(what)
  await field.fill(subject.number)
  await looksFor(subject.number)
  await expect(rows).toHaveCount(1)
  await expect(rows.first()).toContainText(subject.number)
  const place = (await rows.first().locator('td.entity').innerText()).trim()
  await field.fill(place)
  await looksFor(place)
  await expect(async () => {
    const places = await rows.locator('td.entity').allInnerTexts()
    expect(places.length).toBeGreaterThan(0)
    for (const one of places) expect(one).toContain(place)
  }).toPass()
  await field.fill('积水')
  await looksFor('积水')
  await expect(rows.first()).toContainText('积水')
  await page.reload()
  await expect(field).toHaveValue('积水')
  await expect(rows.first()).toContainText('积水')
  await field.fill('没有这样的案件')
  await expect(rows).toHaveCount(0)
  await expect(page.getByText('没有符合条件的案件')).toBeVisible()
  await field.press('Escape')
  await expect.poll(() => new URL(page.url()).searchParams.has('q')).toBe(false)
  await page.getByRole('button', { name: /筛选/ }).click()
  await expect(page.locator('#case-filter select').nth(2).locator('option', { hasText: '隧道积水' })).toHaveCount(1)
  await officer.leave()
})

test('who looks for a case finds it after it was closed, too', async ({ browser, demoCity: city }) => {
  const cookie = await cookieOf(city, 'duty-officer')
  const { case: made } = await call<{ case: Case }>(city, cookie, 'POST', '/api/v1/cases', { title: { zh: '误报', en: 'False report' }, text: 'Nothing was there.', severity: 'minor' })
  await call(city, cookie, 'POST', `/api/v1/cases/${made.id}/moves`, { verb: 'refuse', version: made.version, text: 'Nothing was there.' })
  const officer = await Person.at(browser, city, 'duty-officer', { page: '/cases' })
  const { page } = officer
  const tab = (name: string) => page.getByRole('group', { name: '办理情况' }).getByRole('button', { name })
  await page.getByRole('search').getByRole('searchbox').fill(made.number)
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await expect(page.locator('tbody tr')).toContainText(made.number)
  await expect(tab('全部')).toHaveAttribute('aria-pressed', 'true')
  await tab('在办').click()
  await expect(page.locator('tbody tr')).toHaveCount(0)
  await page.getByRole('search').getByRole('searchbox').press('Escape')
  await expect(tab('在办')).toHaveAttribute('aria-pressed', 'true')
  await expect.poll(() => new URL(page.url()).search).toBe('')
  await officer.leave()
})

test('the map moves to a case that is opened where its place is not seen, and stays where it is', async ({ browser, demoCity: city }) => {
  test.setTimeout(240_000)
  const subject = await flooded(city)
  const officer = await Person.at(browser, city, 'duty-officer', { page: '/' })
  const { page } = officer
  const mark = page.locator(`.pulse[data-of="${subject.situation.id}"]`)
  const middle = async () => {
    const box = (await mark.boundingBox())!
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }
  await expect(mark).toHaveCount(1, { timeout: 30_000 })
  const map = (await page.locator('.maplibregl-canvas').boundingBox())!
  const canvas = page.locator('.maplibregl-canvas')
  await canvas.focus()
  await expect(async () => {
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft')
    await page.waitForTimeout(300)
    expect((await middle()).x).toBeGreaterThan(map.x + map.width * 0.6)
  }).toPass({ timeout: 20_000 })
  await page.goto(`/?case=${subject.id}`)
  await officer.sees(subject.number)
  const panel = page.locator('.at-case')
  const free = async () => {
    const [at, over] = [await middle(), (await panel.boundingBox())!]
    expect(at.x, 'left of the panel').toBeLessThan(over.x - 20)
    expect(at.x).toBeGreaterThan(map.x)
    expect(at.y).toBeGreaterThan(map.y)
    expect(at.y).toBeLessThan(map.y + map.height)
  }
  await expect(mark).toHaveCount(1)
  await expect(free).toPass({ timeout: 15_000 })
  // Pushed out of sight with the panel open, and opened once more from the list.
  await canvas.focus()
  for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight')
  await panel.getByRole('button', { name: '关闭' }).click()
  const row = page.locator('.at-cases [data-row]', { hasText: '下穿隧道积水' }).first()
  await row.click()
  await expect(panel).toBeVisible()
  await expect(async () => {
    const vitals = (await page.locator('.at-vitals').boundingBox())!
    expect((await panel.boundingBox())!.y, 'the vital signs stay in sight').toBeGreaterThanOrEqual(vitals.y + vitals.height)
  }).toPass()
  await officer.leave()
})
