// A case that the replay of real data opened is closed by those whom it
// concerns, each in a browser of their own, entirely through the page.
import { call, cookieOf, expect, noRealData, test } from './city.ts'
import { Person, words } from './person.ts'
import { run } from './server.ts'

interface Case { id: string; number: string; state: string; tasks: { agency: string }[]; origin: string }
interface Detail { case: Case; moves: { verb: string; account?: string; by?: string; text?: string; leaf?: number }[] }

const w = words.zh

if (noRealData) console.log(`aarhus.spec.ts: ${noRealData}`)

test.describe('the Aarhus window', () => {
  test.skip(!!noRealData, noRealData)

  test('a garage-pressure case is closed by two agencies, the culture department and the duty officer', async ({ browser, aarhus }) => {
    test.setTimeout(240_000)
    const cookie = await cookieOf(aarhus, 'duty-officer')
    const { cases } = await call<{ cases: Case[] }>(aarhus, cookie, 'GET', '/api/v1/cases?kind=garage-pressure&notState=closed&limit=100')
    const subject = cases.find((c) => c.tasks.some((t) => t.agency === 'culture-department'))!
    expect(subject, 'the replay opens a garage-pressure case with an event').toMatchObject({ state: 'dispatched', origin: 'situation' })

    const officer = await Person.at(browser, aarhus, 'duty-officer')
    const road = await Person.at(browser, aarhus, 'road-authority-dispatcher')
    const parking = await Person.at(browser, aarhus, 'parking-operator-dispatcher')
    const culture = await Person.at(browser, aarhus, 'culture-department-dispatcher')
    const all = [officer, road, parking, culture]
    for (const p of all) await p.open(subject.number)

    await road.move('accept')
    await parking.move('accept')
    // What others do arrives on an open page by itself.
    await expect(road.panel.locator('.tasks li', { hasText: '停车运营单位' })).toContainText('处置中')
    await parking.photograph('entrance.png', '备用车位已开放', '处置后')
    // The lead cannot finish while others are at work, and the page says who they are.
    await road.panel.getByRole('button', { name: /^为什么不能/ }).click()
    await expect(road.panel.locator('.blocked li', { hasText: '协办单位尚未完成' })).toContainText(/停车运营单位.*文化部门|文化部门.*停车运营单位/)
    await parking.move('finish', '备用车位已开放，诱导屏已更新。')
    await culture.move('accept')
    await culture.move('finish', '已请主办方提示观众改乘公共交通。')
    await expect(road.choice('finish')).toBeVisible()
    await road.move('finish', '周边路口已疏导。')
    await expect(officer.choice('check')).toBeVisible()
    await officer.move('check', '现场与报告一致。')
    await expect(road.choice('close')).toBeVisible()
    await road.move('close')
    await expect(road.panel.locator('header').first()).toContainText(w.solved)

    await test.step('the timeline shows who did what', async () => {
      const line = (verb: string, who: string) => officer.panel.locator('.moves li', { hasText: verb }).filter({ hasText: who })
      await expect(officer.panel.locator('header').first()).toContainText(w.solved)
      for (const [verb, who] of [
        ['接收任务', 'road-authority-dispatcher'], ['接收任务', 'parking-operator-dispatcher'], ['接收任务', 'culture-department-dispatcher'],
        ['附证', 'parking-operator-dispatcher'], ['处置完成', 'parking-operator-dispatcher'], ['处置完成', 'culture-department-dispatcher'],
        ['核查通过', 'duty-officer'], ['结案', 'road-authority-dispatcher'],
      ]) await expect(line(verb, who), `${verb} by ${who}`).not.toHaveCount(0)
      const { moves } = await call<Detail>(aarhus, cookie, 'GET', `/api/v1/cases/${subject.id}`)
      expect(moves.filter((m) => m.account).map((m) => `${m.verb} ${m.account}`)).toEqual([
        'accept road-authority-dispatcher', 'accept parking-operator-dispatcher', 'attach parking-operator-dispatcher', 'finish parking-operator-dispatcher',
        'accept culture-department-dispatcher', 'finish culture-department-dispatcher', 'finish road-authority-dispatcher', 'check duty-officer', 'close road-authority-dispatcher',
      ])
    })

    await test.step('every step is proved', async () => {
      // The last leaf is in the tree within a second or so; until then it is said to be waiting.
      await expect(async () => {
        await officer.panel.locator('[data-section="proof"] .act button').first().click()
        await expect(officer.panel.locator('[data-section="proof"] .verdict')).toContainText(w.verified, { timeout: 2000 })
      }).toPass()
      const verified = run(['verify', '--data', aarhus.data])
      expect(verified, verified.output).toMatchObject({ status: 0 })
    })
    for (const p of all) {
      p.faults.none()
      await p.leave()
    }
  })
})
