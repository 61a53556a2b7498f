// What a duty officer silences leaves the list with a count that opens into it and
// why; everybody sees who and what for; it comes back when the silence ends.
import { call, cookieOf, expect, test } from './city.ts'
import { Person } from './person.ts'

const evil = '<img src=x onerror="window.taken=1"><b>{{ 7 }}</b> 道路施工'
const road = 'urn:ngsi-ld:RoadSegment:silenced'

/** A reading of a road that crawls; of longer than ten minutes they are a congestion. */
const crawl = (at: number) => [{
  id: road, type: 'RoadSegment', name: { type: 'Property', value: 'Test road' },
  location: { type: 'GeoProperty', value: { type: 'LineString', coordinates: [[10.9, 56.9], [10.91, 56.9]] } },
  freeFlowSpeed: { type: 'Property', value: 50 },
  ...Object.fromEntries([['averageVehicleSpeed', 5], ['vehicleCount', 9]].map(([name, value]) => [name, { type: 'Property', value, observedAt: new Date(at).toISOString() }])),
}]

test('a situation is silenced with a reason, listed with it, and comes back', async ({ browser, stillCity: city }) => {
  const cookie = await cookieOf(city, 'administrator')
  const now = Date.now()
  for (const at of [now - 595_000, now + 8_000]) await call(city, cookie, 'POST', '/ngsi-ld/v1/entityOperations/upsert', crawl(at))

  const officer = await Person.at(browser, city, 'duty-officer', { page: '/' })
  const auditor = await Person.at(browser, city, 'auditor', { page: '/', language: 'en' })
  const rowOf = (p: Person) => p.page.locator('[data-situation]')
  for (const p of [officer, auditor]) await expect(rowOf(p)).toHaveCount(1, { timeout: 40_000 })

  await rowOf(officer).locator('.main').click()
  const card = officer.page.locator('article.card')
  await card.getByRole('button', { name: '静默', exact: true }).click()
  const form = card.locator('form.silence')
  await form.getByRole('button', { name: '静默', exact: true }).click()
  await expect(form.getByRole('alert')).toContainText('请写明原因')
  await form.locator('textarea').fill(evil)
  await form.getByRole('button', { name: '静默', exact: true }).click()
  for (const p of [officer, auditor]) {
    await expect(rowOf(p)).toHaveCount(0)
    await expect(p.page.getByTestId('situations-count')).toHaveText('0')
    await p.page.getByTestId('suppressed').click()
    await expect(rowOf(p).locator('[data-way="silenced"]')).toContainText(evil)
    await expect(rowOf(p).locator('[data-way="silenced"]')).toContainText('duty-officer')
  }
  // Figures are counted anew every few seconds.
  await expect.poll(async () => {
    const { figures } = await call<{ figures: { id: string; rows: { count: number } }[] }>(city, cookie, 'GET', '/api/v1/figures')
    return figures.filter((f) => f.id.startsWith('situations-')).map((f) => `${f.id} ${f.rows.count}`)
  }, { timeout: 30_000 }).toEqual(['situations-up 0', 'situations-suppressed 1'])
  await expect(rowOf(auditor).getByRole('button', { name: 'End the silence' })).toHaveCount(0)
  await expect(auditor.page.locator('article.card').getByRole('button', { name: 'Silence', exact: true })).toHaveCount(0)

  await rowOf(officer).getByRole('button', { name: '结束静默' }).click()
  for (const p of [officer, auditor]) {
    await p.page.getByTestId('suppressed').click()
    await expect(rowOf(p)).toHaveCount(1)
    await expect(p.page.getByTestId('situations-count')).toHaveText('1')
    expect(await p.page.evaluate(() => (window as { taken?: number }).taken)).toBeUndefined()
    p.faults.none()
    await p.leave()
  }
})
