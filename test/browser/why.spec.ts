// Why a rule raised or why not, asked from where a situation is seen, and which
// rules are throttled: in both languages, by mouse and by keyboard.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './city.ts'
import { Person } from './person.ts'

async function axeHolds(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('.maplibregl-canvas').analyze()
  const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
  expect(grave.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`)).toEqual([])
}

test('why a rule raised, and why another did not, is said in words with units', async ({ browser, demoCity: city }) => {
  test.setTimeout(240_000)
  const officer = await Person.at(browser, city, 'duty-officer', { page: '/' })
  const { page } = officer
  const jam = page.locator('[data-situation]', { hasText: '道路拥堵' }).first()
  await jam.locator('.main').click({ timeout: 150_000 })
  const card = page.locator('article.card')
  const ask = card.locator('[data-why]').first()
  await ask.focus()
  await page.keyboard.press('Enter')
  const why = page.locator('dialog.why')
  await expect(why.locator('.verdict')).toContainText('已触发')
  await expect(card.locator('h2')).toHaveText(await why.locator('.about').innerText())
  const when = why.locator('.findings > [data-part="when"]')
  await expect(when).toContainText('以下须全部满足')
  await expect(when).toContainText(/平均车速 < 0.5 × /)
  await expect(when.locator('.value', { hasText: '平均车速' }).first()).toHaveText(/\d km\/h$/)
  const said = (await why.locator('.scroll').innerText()).replaceAll('km/h', '')
  expect(said.match(/[a-z]+[A-Z]\w+|urn:|\d{4}-\d\d-\d\dT/g), 'names of fields, ids and raw times').toBeNull()
  await axeHolds(page)

  await test.step('a rule that has nothing up says what keeps it', async () => {
    await why.locator('select').selectOption('traffic-incident/standing-traffic')
    await expect(why.locator('.verdict')).toBeVisible()
    await expect(why.locator('.findings > [data-part="when"] [data-part="when"]').first()).toBeVisible()
    await expect(why.locator('details').first()).toContainText('中间值')
  })
  await page.keyboard.press('Escape')
  await expect(why).toHaveCount(0)
  await expect(card, 'only the dialog is closed').toBeVisible()
  await expect(ask, 'the keyboard is where it was').toBeFocused()
  await card.locator('[data-why-not]').click()
  await expect(why.locator('.verdict')).toBeVisible()
  officer.faults.none()
  await officer.leave()

  const reader = await Person.at(browser, city, 'duty-officer', { page: '/cases?tab=all', language: 'en', theme: 'light' })
  // A case that a rule has opened: others are reported by people and have no why.
  await reader.page.locator('main [data-row]', { hasText: /Relieve a garage|flooded underpass/ }).first().click({ timeout: 120_000 })
  await reader.page.locator('[data-section="situation"] [data-why]').click()
  const answer = reader.page.locator('dialog.why')
  await expect(answer.locator('.verdict')).toBeVisible()
  expect((await answer.locator('.scroll').innerText()).match(/[\u3400-\u9fff]/), 'Chinese on an English page').toBeNull()
  await axeHolds(reader.page)
  reader.faults.none()
  await reader.leave()
})

test('a rule that is throttled stands first and says until when', async ({ browser, demoCity: city }) => {
  const auditor = await Person.at(browser, city, 'auditor', { page: '/evidence' })
  const { page } = auditor
  await page.route('**/api/v1/rules', async (route) => {
    const body = await (await route.fetch()).json() as { rules: { id: string; cost?: object; throttled?: object }[] }
    const last = body.rules.at(-1)!
    last.throttled = { since: '2026-06-12T09:30:00Z', until: '2026-06-12T09:40:00Z', behind: 11_000_000, notLooked: 1234, times: 2 }
    last.cost = { work: 98_765_432, behind: 11_000_000, room: 10_000_000, notLooked: 1234, times: 2 }
    await route.fulfill({ json: body })
  })
  await page.getByRole('link', { name: '规则', exact: true }).click()
  await expect(page.getByTestId('throttled-count')).toHaveText('1 条限流中')
  const first = page.locator('tbody tr').first()
  await expect(first).toContainText('限流中')
  await expect(first).toContainText('1,234')
  await expect(first).toContainText('110%')
  await expect(first).toContainText(/17:30.*17:40/)
  await expect(page.locator('tbody tr').nth(1)).not.toContainText('限流中')
  await axeHolds(page)
  await page.getByRole('button', { name: 'Switch to English' }).click()
  await expect(first).toContainText('Throttled')
  await axeHolds(page)
  auditor.faults.none()
  await auditor.leave()
})
