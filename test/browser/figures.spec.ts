// Every vital sign opens into the rows that it counts. The test counts them
// where the city stands still, so that the figure and the rows are of one moment.
import type { Page } from '@playwright/test'
import { type City, call, cookieOf, expect, noRealData, test } from './city.ts'
import { Person } from './person.ts'

interface Figure { id: string; pack?: string; value?: number; unit?: string; rows: { href: string; count: number } }

if (noRealData) console.log(`figures.spec.ts: ${noRealData}`)

/** Counts the rows of the drawer that is open, from its first page to its last; no row may stand there twice. */
async function countRows(page: Page): Promise<number> {
  const drawer = page.locator('.figure-drawer')
  await expect(drawer.locator('tbody tr').or(drawer.locator('.state-of.empty')).first()).toBeVisible()
  const seen: string[] = []
  for (;;) {
    seen.push(...(await drawer.locator('tbody tr').evaluateAll((rows) => rows.map((r) => r.getAttribute('data-row')!))))
    const next = drawer.locator('.btn-next')
    if ((await next.count()) === 0 || (await next.isDisabled())) break
    const last = seen.at(-1)!
    await next.click()
    await expect(drawer.locator(`tbody tr[data-row="${last}"]`)).toHaveCount(0)
  }
  expect(new Set(seen).size, 'rows that differ').toBe(seen.length)
  return seen.length
}

test.describe('vital signs of the Aarhus window', () => {
  test.skip(!!noRealData, noRealData)

  async function figures(city: City, cookie: string): Promise<Figure[]> {
    return (await call<{ figures: Figure[] }>(city, cookie, 'GET', '/api/v1/figures')).figures
  }

  test('every figure opens into exactly the rows it counts', async ({ browser, aarhus }) => {
    const cookie = await cookieOf(aarhus, 'auditor')
    // A column of the list of cases fills the drawer's pages too: more cases than one page holds.
    const officer = await cookieOf(aarhus, 'duty-officer')
    const open = (await figures(aarhus, cookie)).find((f) => f.id === 'cases-open')!.rows.count
    for (let n = open; n < 60; n++) {
      const title = { zh: `第 ${n} 件`, en: `Number ${n}` }
      await call(aarhus, officer, 'POST', '/api/v1/cases', { title, text: 'Counted by a test.', severity: 'minor' })
    }

    const auditor = await Person.at(browser, aarhus, 'auditor', { page: '/' })
    const page = auditor.page
    const cards = page.locator('[data-figure]')
    await expect(cards.first()).toBeVisible()
    const want = await figures(aarhus, cookie)
    await expect(cards).toHaveCount(want.length)
    expect(want.length).toBeGreaterThanOrEqual(9)
    expect(Math.max(...want.map((f) => f.rows.count)), 'a figure of more than one page').toBeGreaterThan(25)

    const counted: string[] = []
    for (const f of want) {
      const card = page.locator(`[data-figure="${f.pack ?? ''}/${f.id}"]`)
      const shown = Number(((await card.locator('.value').textContent()) ?? '').replace(/,/g, ''))
      await card.click()
      const rows = await countRows(page)
      expect.soft(rows, `${f.id}: rows on the page`).toBe(f.rows.count)
      // A count is its rows; a share is reckoned from them and says how many they are.
      if (!f.unit) expect.soft(shown, `${f.id}: the figure on its card`).toBe(rows)
      else expect.soft(shown, `${f.id}: the figure on its card`).toBeCloseTo(f.value!, 0)
      await expect(page.getByTestId('rows-count')).toHaveText(String(rows))
      counted.push(`${f.id} ${rows}`)
      await page.keyboard.press('Escape')
      await expect(page.locator('.figure-drawer')).toHaveCount(0)
    }
    console.log(`figures.spec.ts: rows counted: ${counted.join(', ')}`)
    expect(await figures(aarhus, cookie), 'the city has stood still').toEqual(want)
    auditor.faults.none()
    await auditor.leave()
  })
})
