// A page that stays open for a shift: its memory does not grow, and a stream
// that breaks again and again loses nothing.
import type { CDPSession } from '@playwright/test'
import { call, cookieOf, expect, test, type City } from './city.ts'
import { Person } from './person.ts'
import { SlowWay } from './slow.ts'

const MB = 1024 * 1024
const minutes = Number(process.env.CITYBRAIN_MINUTES ?? 10)
/** The heap may grow by so much a minute from the second minute on: over a shift of eight hours less than 100 MB. */
const bound = 0.2

const road = (n: number) => `urn:ngsi-ld:RoadSegment:test-${n}`

/** A thousand roads in the centre of the city, with all that the map draws of one. */
async function build(city: City, cookie: string, n: number): Promise<void> {
  const entities = Array.from({ length: n }, (_, i) => {
    const [lon, lat] = [10.15 + (i % 40) * 0.003, 56.13 + Math.floor(i / 40) * 0.002]
    return {
      id: road(i), type: 'RoadSegment', averageVehicleSpeed: { type: 'Property', value: 50, unitCode: 'KMH' },
      location: { type: 'GeoProperty', value: { type: 'LineString', coordinates: [[lon, lat], [lon + 0.002, lat + 0.001]] } },
    }
  })
  await call(city, cookie, 'POST', '/ngsi-ld/v1/entityOperations/upsert', entities)
}

/** The JS heap in MB after everything that can be thrown away has been. */
async function heap(session: CDPSession): Promise<number> {
  for (let n = 0; n < 3; n++) await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / MB
}

/** The slope of a line through points, by least squares. */
function slope(points: [number, number][]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, p) => sum + p[at], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  return points.reduce((s, p) => s + (p[0] - x) * (p[1] - y), 0) / points.reduce((s, p) => s + (p[0] - x) ** 2, 0)
}

test(`the page's memory is flat over ${minutes} minutes at 1,000 changes a second`, async ({ browser, stillCity: city }) => {
  test.setTimeout((minutes + 4) * 60_000)
  const cookie = await cookieOf(city, 'administrator')
  await build(city, cookie, 1000)
  const officer = await Person.at(browser, city, 'duty-officer', { page: '/' })
  await expect(officer.page.locator('.standing')).toHaveClass(/is-live/)
  const session = await officer.page.context().newCDPSession(officer.page)
  await session.send('HeapProfiler.enable')
  // A page that heard of nothing would be flat too: what the city sends it is counted.
  await session.send('Network.enable')
  let heard = 0
  session.on('Network.dataReceived', (e) => void (heard += e.dataLength))
  await officer.page.reload()
  await expect(officer.page.locator('.standing')).toHaveClass(/is-live/)

  let sent = 0
  let going = true
  const pushing = (async () => {
    // Five batches of 200 a second; one that the city is slow to take delays the next and is made up for.
    const began = performance.now()
    while (going) {
      const due = Math.floor(((performance.now() - began) / 1000) * 5)
      if (sent / 200 >= due) {
        await new Promise((r) => setTimeout(r, 20))
        continue
      }
      const first = sent % 1000
      const batch = Array.from({ length: 200 }, (_, i) => ({
        id: road(first + i), type: 'RoadSegment', averageVehicleSpeed: { type: 'Property', value: Math.round(10 + 60 * Math.random()), unitCode: 'KMH' },
      }))
      await call(city, cookie, 'POST', '/ngsi-ld/v1/entityOperations/upsert?options=update', batch)
      sent += 200
    }
  })()

  const began = performance.now()
  const points: [number, number][] = []
  for (let minute = 2; minute <= minutes; minute++) {
    await officer.page.waitForTimeout(Math.max(0, minute * 60_000 - (performance.now() - began))) // time itself is what is tested
    points.push([minute, await heap(session)])
    console.log(`memory.long.ts: minute ${minute}: ${points.at(-1)![1].toFixed(1)} MB after ${sent} changes`)
  }
  const rate = sent / ((performance.now() - began) / 1000)
  going = false
  await pushing
  const grows = slope(points)
  console.log(`memory.long.ts: ${rate.toFixed(0)} changes a second; the heap grows by ${grows.toFixed(3)} MB a minute (bound ${bound})`)
  console.log(`memory.long.ts: the page heard ${(heard / MB).toFixed(0)} MB, ${(heard / sent).toFixed(0)} bytes a change`)
  expect(heard / sent, 'bytes that the page heard of each change').toBeGreaterThan(50)
  expect(rate, 'changes a second').toBeGreaterThan(950)
  expect(grows, 'MB a minute').toBeLessThan(bound)
  await expect(officer.page.locator('.standing'), 'the page keeps up').toHaveClass(/is-live/)
  officer.faults.none()
  await officer.leave()
})

test('a stream that is lost and resumed fifty times loses no case', async ({ browser, stillCity: city }) => {
  test.setTimeout(600_000)
  const way = await SlowWay.to(city.url)
  const cookie = await cookieOf(city, 'duty-officer')
  const officer = await Person.at(browser, city, 'duty-officer', { page: '/', by: way.url })
  officer.faults.allow(/net::ERR_/)
  const count = officer.page.getByTestId('cases-count')
  await expect(officer.page.locator('.standing')).toHaveClass(/is-live/)
  const had = Number(await count.textContent())
  try {
    for (let n = 1; n <= 50; n++) {
      way.cut()
      // One case while nobody hears of it, one about when the page is back.
      await call(city, cookie, 'POST', '/api/v1/cases', { title: { zh: `断线 ${n} 甲`, en: `Lost ${n} A` }, text: 'While the stream was lost.', severity: 'minor' })
      await expect(officer.page.locator('.standing')).toHaveClass(/is-live/)
      await call(city, cookie, 'POST', '/api/v1/cases', { title: { zh: `断线 ${n} 乙`, en: `Lost ${n} B` }, text: 'When the stream was back.', severity: 'minor' })
    }
    await expect(count).toHaveText(String(had + 100))
    const titles = new Set<string>()
    await officer.page.goto('/cases')
    for (;;) {
      await expect(officer.page.locator('[data-row]').first()).toBeVisible()
      for (const t of await officer.page.locator('[data-row]').allTextContents()) titles.add(t)
      const next = officer.page.getByRole('button', { name: '下一页' })
      if ((await next.count()) === 0 || (await next.isDisabled())) break
      const first = await officer.page.locator('[data-row]').first().textContent()
      await next.click()
      await expect(officer.page.locator('[data-row]').first()).not.toHaveText(first!)
    }
    for (let n = 1; n <= 50; n++) for (const half of ['甲', '乙']) expect(titles.has(`断线 ${n} ${half}`), `断线 ${n} ${half}`).toBe(true)
    officer.faults.none()
  } finally {
    await officer.leave()
    await way.close()
  }
})
