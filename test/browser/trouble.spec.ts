// The page when things go wrong: the server stops, is killed, comes back, is
// slow; two tabs; somebody else was faster; the session has ended.
import { again, call, cookieOf, expect, still, test, type City } from './city.ts'
import { Person } from './person.ts'
import { folder } from './server.ts'
import { SlowWay } from './slow.ts'

interface Case { id: string; number: string; version: number }
interface Detail { case: Case; moves: { seq: number; verb: string; account?: string; text?: string }[] }

async function reported(city: City, title: string): Promise<Case> {
  const cookie = await cookieOf(city, 'duty-officer')
  const made = await call<Detail>(city, cookie, 'POST', '/api/v1/cases', { title: { zh: title, en: title }, text: 'Made by a test.', severity: 'major' })
  return made.case
}

async function movesOf(city: City, id: string): Promise<Detail['moves']> {
  return (await call<Detail>(city, await cookieOf(city, 'auditor'), 'GET', `/api/v1/cases/${id}`)).moves
}

const network = [/net::ERR_/, /status of 50[234]/]

for (const [how, state] of [['stopped in order', /连接中断|服务暂停/], ['killed', /连接中断/]] as const) {
  test(`a server that is ${how} and comes back: typed text is kept, the page goes on by itself`, async ({ browser }) => {
    const [data, remove] = folder()
    const city = await still(data)
    try {
      const made = await reported(city, `服务器${how}`)
      const officer = await Person.at(browser, city, 'duty-officer')
      officer.faults.allow(...network)
      await officer.open(made.number)
      await officer.page.evaluate(() => Object.assign(window, { notReloaded: true }))
      await officer.choice('file').click()
      const form = officer.panel.locator('form.move')
      await form.locator('textarea').fill('写到一半的内容')

      if (how === 'killed') await city.server.kill()
      else expect(await city.server.stop(), 'exit status').toBe(0)
      await expect(officer.page.locator('.standing')).toHaveText(state)
      await expect(officer.page.locator('.notice').first()).toBeVisible()
      await expect(form.locator('textarea')).toHaveValue('写到一半的内容')
      // A move that cannot be sent says so and keeps what was typed.
      await form.locator('button[type=submit]').click()
      await expect(form.getByRole('alert')).toContainText('连接中断，操作没有提交')
      await expect(form.locator('textarea')).toHaveValue('写到一半的内容')

      await again(city)
      await expect(officer.page.locator('.standing')).toHaveText(/实时/, { timeout: 40_000 })
      await expect(form).toContainText('上次的操作没有送达，可重新提交')
      await form.locator('button[type=submit]').click()
      await expect(officer.panel.locator('.moves li').first()).toContainText('写到一半的内容')
      expect((await movesOf(city, made.id)).map((m) => m.verb)).toEqual(['report', 'file'])
      // What others do now arrives here as before.
      const cookie = await cookieOf(city, 'duty-officer')
      await call(city, cookie, 'POST', `/api/v1/cases/${made.id}/moves`, { verb: 'note', version: 2, text: '另一处的备注' })
      await expect(officer.panel.locator('.moves li').first()).toContainText('另一处的备注')
      expect(await officer.page.evaluate(() => 'notReloaded' in window), 'without a reload').toBe(true)
      officer.faults.none()
      await officer.leave()
    } finally {
      await city.server.stop()
      remove()
    }
  })
}

test('over a slow way the page says what it waits for, and pressing twice makes one move', async ({ browser, stillCity: city }) => {
  const way = await SlowWay.to(city.url)
  const made = await reported(city, '慢速网络')
  const officer = await Person.at(browser, city, 'duty-officer', { by: way.url })
  try {
    await officer.open(made.number)
    way.delay = 1500
    await officer.choice('file').click()
    const submit = officer.panel.locator('form.move button[type=submit]')
    await submit.dblclick()
    await expect(submit).toHaveText('正在提交…')
    await expect(submit).toBeDisabled()
    await officer.page.keyboard.press('Control+Enter')
    await expect(officer.panel.locator('.moves li').first()).toContainText('立案')
    expect((await movesOf(city, made.id)).map((m) => m.verb)).toEqual(['report', 'file'])
    // The answer is lost on the way back. A browser may send again by itself, and is then refused.
    officer.faults.allow(...network, /status of 409/)
    await officer.choice('note').click()
    await officer.panel.locator('form.move textarea').fill('只应出现一次')
    way.delay = 0
    way.loseNextAnswer = true
    await submit.click()
    // The stream tells that the note has arrived, or else a look at the case does; it is never taken for somebody else's.
    const look = officer.panel.getByRole('button', { name: '核对并重试' })
    await expect(look.or(officer.panel.locator('.moves li', { hasText: '只应出现一次' }))).toBeVisible()
    await expect(async () => {
      if (await look.isVisible()) await look.click()
      await expect(officer.panel.locator('form.move')).toHaveCount(0, { timeout: 500 })
    }).toPass({ timeout: 40_000 })
    expect((await movesOf(city, made.id)).filter((m) => m.text === '只应出现一次')).toHaveLength(1)
    officer.faults.none()
  } finally {
    await officer.leave()
    await way.close()
  }
})

test('two tabs of one person show the same, and what is typed in one is not lost to a move in the other', async ({ browser, stillCity: city }) => {
  const made = await reported(city, '两个标签页')
  const officer = await Person.at(browser, city, 'duty-officer')
  await officer.open(made.number)
  await officer.choice('file').click()
  const form = officer.panel.locator('form.move')
  await form.locator('textarea').fill('第一页写的')

  const second = await officer.context.newPage()
  await second.goto(`/cases/${made.id}`)
  await second.locator('[data-choice^="note "]').click()
  await second.locator('form.move textarea').fill('第二页的备注')
  await second.locator('form.move button[type=submit]').click()
  await expect(second.locator('.moves li').first()).toContainText('第二页的备注')

  // The first page has been told while its form is open, and sends nothing before it has been looked at.
  await expect(form.getByRole('alert')).toContainText('案件在你填写时已有变化，尚未提交')
  await expect(form.locator('.changes')).toContainText('第二页的备注')
  await expect(form.locator('textarea')).toHaveValue('第一页写的')
  await expect(form.locator('button[type=submit]')).toBeDisabled()
  await form.getByRole('button', { name: '已看过，按最新状态继续' }).click()
  await form.locator('button[type=submit]').click()
  await expect(second.locator('.moves li').first()).toContainText('第一页写的')
  expect((await movesOf(city, made.id)).map((m) => m.verb)).toEqual(['report', 'note', 'file'])
  officer.faults.none()
  await officer.leave()
})

test('who was slower is told what has changed, even without a stream', async ({ browser, stillCity: city }) => {
  const made = await reported(city, '版本冲突')
  const officer = await Person.at(browser, city, 'duty-officer')
  officer.faults.allow(/status of 409/)
  await officer.open(made.number)
  await officer.choice('file').click()
  const form = officer.panel.locator('form.move')
  await form.locator('textarea').fill('慢了一步')
  // Both send at the same moment: this page's move leaves before it can have heard of the other.
  await officer.page.route('**/moves', async (route) => {
    const cookie = await cookieOf(city, 'duty-officer')
    await call(city, cookie, 'POST', `/api/v1/cases/${made.id}/moves`, { verb: 'refuse', version: 1, text: '不属于本市' })
    await route.continue()
  }, { times: 1 })
  await form.locator('button[type=submit]').click()
  await expect(form.getByRole('alert')).toContainText('案件在你填写时已有变化，尚未提交')
  await expect(form.locator('.changes')).toContainText('不予受理')
  await expect(form.locator('.changes')).toContainText('不属于本市')
  await expect(form.getByRole('alert'), 'the case is closed now, and that is why').toContainText('这项操作已不能做')
  await expect(form.locator('textarea')).toHaveValue('慢了一步')
  expect((await movesOf(city, made.id)).map((m) => m.verb)).toEqual(['report', 'refuse'])
  officer.faults.none()
  await officer.leave()
})

test('a session that has ended is opened again above the page, and nothing typed is lost', async ({ browser, stillCity: city }) => {
  const made = await reported(city, '会话结束')
  const officer = await Person.at(browser, city, 'duty-officer')
  officer.faults.allow(/status of 401/)
  await officer.open(made.number)
  await officer.choice('file').click()
  const form = officer.panel.locator('form.move')
  await form.locator('textarea').fill('会话结束前写的')
  await officer.context.clearCookies()
  await form.locator('button[type=submit]').click()
  const dialog = officer.page.getByRole('dialog')
  await expect(dialog).toContainText('会话已结束')
  await dialog.getByLabel('密码', { exact: true }).fill(city.passwords.get('duty-officer')!)
  await dialog.getByRole('button', { name: '登录', exact: true }).click()
  await expect(dialog).toHaveCount(0)
  await expect(form.locator('textarea')).toHaveValue('会话结束前写的')
  await form.locator('button[type=submit]').click()
  await expect(officer.panel.locator('.moves li').first()).toContainText('会话结束前写的')
  expect((await movesOf(city, made.id)).map((m) => m.verb)).toEqual(['report', 'file'])
  officer.faults.none()
  // Signing out in one tab ends the other one too.
  const second = await officer.context.newPage()
  await second.goto('/evidence')
  await officer.page.locator('.person').click()
  await officer.page.getByRole('button', { name: '退出登录' }).click()
  await expect(officer.page).toHaveURL(/sign-in/)
  await expect(second.getByLabel('密码', { exact: true })).toBeVisible()
  await officer.leave()
})
