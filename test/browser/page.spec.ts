// What holds on every page: who may come in, keyboard, accessibility, both
// languages and themes, no request elsewhere, and text that stays text.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { call, cookieOf, demo, expect, test } from './city.ts'
import { browserFor, fillIn, type Language, Person, type Theme } from './person.ts'
import { folder } from './server.ts'

const pages = ['/', '/cases', '/feeds', '/rules', '/evidence', '/accounts', '/no-such-page']

/** Goes to a page as its menu would, and waits until it shows something of its own. */
async function visit(page: Page, to: string): Promise<void> {
  await page.goto(to)
  await expect(page.locator('main#main')).toBeVisible()
  await expect(page.locator('main .state-of.loading, main .bones')).toHaveCount(0)
}

test('a wrong password is refused in words, a right one leads where one wanted to go, and guessing is slowed', async ({ browser }) => {
  // A city of its own: whoever guesses here must not slow down the other tests.
  const [data, remove] = folder()
  const city = await demo(data)
  const { context, page, faults } = await browserFor(browser, city, { language: 'en' })
  faults.allow(/status of 40[13] .*\/session$/, /status of 429 .*\/session$/)
  try {
    await page.goto('/evidence')
    await expect(page).toHaveURL(/\/sign-in\?next=\/evidence$/)
    await fillIn(page, 'auditor', 'not-this-one', 'en')
    await expect(page.getByRole('alert')).toHaveText('The account or the password is wrong.')
    await expect(page.getByLabel('Account', { exact: true })).toHaveValue('auditor')
    await fillIn(page, 'nobody-of-that-name', 'not-this-one', 'en')
    await expect(page.getByRole('alert'), 'an account that is not there is refused in the same words').toHaveText('The account or the password is wrong.')
    await fillIn(page, 'auditor', city.passwords.get('auditor')!, 'en')
    await expect(page).toHaveURL(/\/evidence$/)

    await page.goto('about:blank') // an answer still under way would bring the cookie back
    await page.context().clearCookies()
    await page.goto('/')
    const button = page.getByRole('button', { name: 'Sign in', exact: true })
    for (let n = 0; n < 12 && (await button.isEnabled()); n++) {
      const answered = page.waitForResponse((r) => r.url().endsWith('/session') && r.request().method() === 'POST')
      await fillIn(page, 'auditor', `guess-number-${n}`, 'en')
      if ((await answered).status() === 429) break
      await expect(page.getByRole('alert')).not.toBeEmpty()
    }
    await expect(page.getByRole('alert')).toContainText(/please wait \d+ s/)
    await expect(button).toBeDisabled()
    // The wait ends by itself, and who knows the password comes in.
    await expect(button).toBeEnabled({ timeout: 40_000 })
    await fillIn(page, 'auditor', city.passwords.get('auditor')!, 'en')
    await expect(page.locator('.person')).toBeVisible()
    faults.none()
  } finally {
    await context.close()
    await city.server.stop()
    remove()
  }
})

test('with the keyboard alone one signs in, opens a case and makes a move', async ({ browser, demoCity }) => {
  const cookie = await cookieOf(demoCity, 'duty-officer')
  const { case: made } = await call<{ case: { id: string; number: string } }>(demoCity, cookie, 'POST', '/api/v1/cases', {
    title: { zh: '键盘', en: 'Keyboard' }, text: 'Worked without a mouse.', severity: 'critical',
  })
  const { context, page, faults } = await browserFor(browser, demoCity, { language: 'en' })
  await page.goto('/cases?order=opened')
  await expect(page.getByLabel('Account', { exact: true })).toBeFocused()
  await page.keyboard.type('duty-officer')
  await page.keyboard.press('Tab')
  await page.keyboard.type(demoCity.passwords.get('duty-officer')!)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('link', { name: 'Keyboard' })).toBeVisible()

  /** Tabs on until something is focused that a person is looking for; what is focused must be seen to be so. */
  async function tabTo(selector: string): Promise<void> {
    for (let n = 0; n < 60; n++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate((s) => {
        const e = document.activeElement as HTMLElement
        const style = getComputedStyle(e)
        return { there: e.matches(s), shown: style.outlineStyle !== 'none' || style.boxShadow !== 'none', what: e.outerHTML.slice(0, 120) }
      }, selector)
      expect(at.shown, `it is seen that the keyboard is at ${at.what}`).toBe(true)
      if (at.there) return
    }
    throw new Error(`the Tab key does not lead to ${selector}`)
  }
  await page.reload()
  await expect(page.getByRole('link', { name: 'Keyboard' })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.locator('a.skip'), 'the first stop leads past the menu').toBeFocused()
  await tabTo('main [data-row]')
  for (let n = 0; n < 50 && !(await page.evaluate((id) => document.activeElement!.getAttribute('href')?.includes(id), made.id)); n++) {
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
  await expect(page.locator('article.case [data-title]')).toBeFocused()
  await tabTo('[data-choice^="file "]')
  await page.keyboard.press('Enter')
  await expect(page.locator('form.move textarea')).toBeFocused()
  await page.keyboard.type('Filed by keyboard.')
  await page.keyboard.press('Control+Enter')
  await expect(page.locator('.moves li').first()).toContainText('Filed by keyboard.')
  await expect(page.locator('article.case header').first()).toContainText('To be dispatched')
  await page.keyboard.press('Escape')
  await expect(page.locator('article.case')).toHaveCount(0)
  await expect(page.locator(`[data-row][href*="${made.id}"]`), 'the keyboard is where it was').toBeFocused()
  faults.none()
  await context.close()
})

// Two of the four pairs: every page is seen in both themes and in both languages.
for (const [language, theme] of [['zh', 'dark'], ['en', 'light']] as [Language, Theme][]) {
  test(`every page is accessible, in one language and marked simulated: ${language}, ${theme}`, async ({ browser, demoCity }) => {
    test.setTimeout(180_000)
    const admin = await Person.at(browser, demoCity, 'administrator', { language, theme, page: '/accounts' })
    const { page } = admin
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe(theme)
    await expect(page.locator('html')).toHaveAttribute('lang', language === 'zh' ? 'zh-CN' : 'en')
    for (const to of pages) {
      await test.step(to, async () => {
        await visit(page, to)
        await expect(page.locator('header .simulated')).toBeVisible()
        await languageHolds(page, language)
        await axeHolds(page, to)
      })
    }
    await test.step('a case', async () => {
      await page.goto('/cases')
      await page.locator('main [data-row]').first().click({ timeout: 120_000 }) // the first case of a city that has just begun
      await expect(admin.panel.locator('.choices')).toBeVisible()
      await languageHolds(page, language)
      await axeHolds(page, 'a case')
    })
    await test.step('sign-in', async () => {
      await page.goto('about:blank') // an answer still under way would bring the cookie back
      await page.context().clearCookies()
      await page.goto('/')
      await expect(page.locator('form')).toBeVisible()
      await expect(page.locator('.simulated').first()).toBeVisible()
      await languageHolds(page, language)
      await axeHolds(page, 'sign-in')
    })
    admin.faults.none()
    await admin.leave()
  })
}

async function axeHolds(page: Page, where: string): Promise<void> {
  // The canvas of the map has no colours that axe could look at.
  const { violations } = await new AxeBuilder({ page }).exclude('.maplibregl-canvas').analyze()
  const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
  expect.soft(grave.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 5).join(' | ')}`), `axe on ${where}`).toEqual([])
}

/** No key of the catalogue is shown, and in English nothing is left in Chinese except what says that it is. */
async function languageHolds(page: Page, language: Language): Promise<void> {
  const texts = await page.evaluate(() => {
    const out: string[] = []
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      const e = n.parentElement!
      if (e.closest('script, style, noscript, [lang="zh-CN"]') || !n.textContent!.trim()) continue
      out.push(n.textContent!.trim())
    }
    for (const e of Array.from(document.querySelectorAll('[aria-label], [title], [placeholder]'))) {
      if (e.closest('[lang="zh-CN"]')) continue
      for (const name of ['aria-label', 'title', 'placeholder']) out.push(e.getAttribute(name) ?? '')
    }
    return out
  })
  const keys = texts.filter((t) => /\b(frame|duty|cases|signin|feeds|rules|evidence|accounts)\.[a-z]+[A-Za-z]*(\.|\b)/.test(t) && !/\.(yaml|csv|json)/.test(t))
  expect.soft(keys, 'keys of the catalogue shown in place of words').toEqual([])
  if (language === 'en') expect.soft(texts.filter((t) => /[\u3400-\u9fff]/.test(t)), 'Chinese left on an English page').toEqual([])
}

test('the language and the theme change at once, everywhere, and stay', async ({ browser, demoCity }) => {
  test.setTimeout(180_000)
  const person = await Person.at(browser, demoCity, 'auditor')
  const { page } = person
  await page.locator('main [data-row]').first().click({ timeout: 120_000 }) // the first case of a city that has just begun
  await expect(person.panel.locator('.choices')).toBeVisible()
  await page.getByRole('button', { name: 'Switch to English' }).click()
  await expect(person.panel).toContainText('Timeline')
  await languageHolds(page, 'en')
  await page.getByRole('button', { name: 'Switch to light' }).click()
  const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  await expect(person.panel).toContainText('Timeline')
  await page.getByRole('button', { name: 'Switch to dark' }).click()
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(light)
  await page.getByRole('button', { name: '切换到中文' }).click()
  await expect(person.panel).toContainText('时间线')
  person.faults.none()
  await person.leave()
})
