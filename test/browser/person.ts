// Somebody who works in the page: signs in, opens a case, makes moves. All of
// it goes through the page, as a person would do it.
import type { Browser, BrowserContext, Page } from '@playwright/test'
import type { City } from './city.ts'
import { expect } from './city.ts'
import { Faults } from './faults.ts'

export type Language = 'zh' | 'en'
export type Theme = 'dark' | 'light'

export interface Manner {
  language?: Language
  theme?: Theme
  /** The page to begin with. */
  page?: string
  /** Another address that leads to the city, such as a slow way to it. */
  by?: string
  size?: { width: number; height: number }
}

/** Words of the page by which a person finds things. */
export const words = {
  zh: { account: '账号', password: '密码', signIn: '登录', solved: '已解决', verified: '全部与记录相符', add: '添加附件', send: '上传' },
  en: { account: 'Account', password: 'Password', signIn: 'Sign in', solved: 'Solved', verified: 'all', add: 'Add a file', send: 'Upload' },
} as const

/** A browser of its own with the language and theme already chosen, whose faults are noted. */
export async function browserFor(browser: Browser, city: City, manner: Manner = {}): Promise<{ context: BrowserContext; page: Page; faults: Faults }> {
  const { language = 'zh', theme = 'dark', size } = manner
  const context = await browser.newContext({ baseURL: manner.by ?? city.url, viewport: size ?? { width: 1366, height: 768 }, reducedMotion: 'reduce' })
  await context.addInitScript(([l, t]) => {
    if (location.protocol === 'about:') return // the empty page before the first has no storage
    if (localStorage.getItem('citybrain.language') === null) localStorage.setItem('citybrain.language', l)
    if (localStorage.getItem('citybrain.theme') === null) localStorage.setItem('citybrain.theme', t)
  }, [language, theme])
  const faults = await Faults.of(context)
  return { context, page: await context.newPage(), faults }
}

/** Fills in the form to sign in and sends it. */
export async function fillIn(page: Page, account: string, password: string, language: Language = 'zh'): Promise<void> {
  const w = words[language]
  await page.getByLabel(w.account, { exact: true }).fill(account)
  await page.getByLabel(w.password, { exact: true }).fill(password)
  await page.getByRole('button', { name: w.signIn, exact: true }).click()
}

export class Person {
  private constructor(
    readonly account: string, readonly page: Page, readonly context: BrowserContext, readonly faults: Faults, readonly language: Language,
  ) {}

  /** Signs in through the page, in a browser of its own. */
  static async at(browser: Browser, city: City, account: string, manner: Manner = {}): Promise<Person> {
    const language = manner.language ?? 'zh'
    const { context, page, faults } = await browserFor(browser, city, manner)
    await page.goto(manner.page ?? '/cases')
    await fillIn(page, account, city.passwords.get(account)!, language)
    await expect(page.locator('.person')).toBeVisible()
    return new Person(account, page, context, faults, language)
  }

  /** Opens a case from the list of cases, and waits for its panel. */
  async open(number: string): Promise<void> {
    if (new URL(this.page.url()).pathname !== '/cases') await this.page.goto('/cases')
    await this.page.getByRole('row', { name: number }).getByRole('link').click()
    await this.sees(number)
  }

  /** The panel of a case is there and can be used. */
  async sees(number: string): Promise<void> {
    await expect(this.panel.locator('header')).toContainText(number)
    await expect(this.panel.locator('.choices')).toBeVisible()
  }

  get panel() {
    return this.page.locator('article.case')
  }

  /** The button of a move, by its verb. */
  choice(verb: string) {
    return this.panel.locator(`[data-choice^="${verb} "]`)
  }

  /** Makes a move with what it asks for, and waits until the timeline has it. */
  async move(verb: string, text?: string): Promise<void> {
    // Others move the case at the same time: only this person's own lines are counted.
    const mine = this.panel.locator('.moves li', { has: this.page.locator('.account', { hasText: new RegExp(`^${this.account}$`) }) })
    const before = await mine.count()
    await this.choice(verb).click()
    // A move that asks for nothing goes at once.
    if (verb !== 'accept') {
      const form = this.panel.locator('form.move')
      if (text !== undefined) await form.locator('textarea').last().fill(text)
      await form.locator('button[type=submit]').click()
      await expect(form).toHaveCount(0)
    }
    await expect(mine).toHaveCount(before + 1)
  }

  /** Attaches a picture that the page itself draws, with what it shows and where. */
  async photograph(name: string, note: string, view: string): Promise<void> {
    const w = words[this.language]
    const files = this.panel.locator('[data-section="files"]')
    const before = await files.locator('li').count()
    await files.getByRole('button', { name: w.add }).click()
    await files.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer: await this.draw(note) })
    await files.getByLabel(view, { exact: true }).check({ force: true })
    await files.locator('input[type=text]').fill(note)
    await files.getByRole('button', { name: w.send, exact: true }).click()
    await expect(files.locator('li')).toHaveCount(before + 1)
    await expect(files.locator('li img').last()).toHaveJSProperty('complete', true)
    expect(await files.locator('li img').last().evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(320)
  }

  private async draw(text: string): Promise<Buffer> {
    const data = await this.page.evaluate((text) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 })
      const pen = canvas.getContext('2d')!
      pen.fillStyle = '#345'
      pen.fillRect(0, 0, 320, 240)
      pen.fillStyle = '#fd5'
      pen.fillText(text, 20, 120)
      return canvas.toDataURL('image/png')
    }, text)
    return Buffer.from(data.split(',')[1], 'base64')
  }

  async leave(): Promise<void> {
    await this.context.close()
  }
}
