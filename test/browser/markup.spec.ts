// Whatever people write is shown as they wrote it: HTML and script in a title,
// a text, a note, a file's name or an account's name never become part of the page.
import { call, cookieOf, expect, test } from './city.ts'
import { Person } from './person.ts'

const evil = (n: number) => `<img src=x onerror="window.taken=${n}"><script>window.taken=${n}</script><b>{{ ${n} }}</b>`

interface Detail { case: { id: string; number: string; version: number; files: { hash: string }[] } }

test('markup in every text is shown as text', async ({ browser, stillCity: city }) => {
  const administrator = await cookieOf(city, 'administrator')
  const passwords = new Map(city.passwords).set('markup', 'tower-plain-33-kite')
  await call(city, administrator, 'POST', '/api/v1/accounts', {
    id: 'markup', name: { zh: evil(1), en: evil(1) }, posts: ['duty-officer', 'auditor'], password: passwords.get('markup'),
  })
  const person = await Person.at(browser, { ...city, passwords }, 'markup')
  const { page, panel } = person
  await expect(page.locator('.person')).toContainText(evil(1))

  // The case is reported through the page; another browser has it in its list by the stream alone.
  const other = await Person.at(browser, city, 'auditor')
  await page.getByRole('button', { name: '上报案件' }).click()
  const report = page.locator('form.report')
  await report.locator('input[type=text]').first().fill(evil(2))
  await report.locator('textarea').fill(evil(3))
  await report.getByRole('button', { name: '上报', exact: true }).click()
  await expect(panel.locator('h2')).toHaveText(evil(2))
  await expect(panel.locator('header').first()).toContainText(evil(3))
  await expect(other.page.locator('main [data-row]', { hasText: evil(2) })).toBeVisible()

  await person.move('note', evil(4))
  await expect(panel.locator('.moves li').first()).toContainText(evil(4))
  await panel.locator('[data-section="files"]').getByRole('button', { name: '添加附件' }).click()
  // A name with slashes is cut down to its last part by browsers and by the program.
  const name = '<img src=x onerror=window.taken=5>.txt'
  await panel.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(`<script>window.taken = 6</script>\n${evil(6)}`) })
  await panel.locator('form.upload input[type=text]').fill(evil(7))
  await panel.getByRole('button', { name: '上传', exact: true }).click()
  const file = panel.locator('[data-section="files"] li')
  await expect(file.locator('.name')).toHaveText(name)
  await expect(file.locator('.note')).toHaveText(evil(7))

  await test.step('the file itself is never a page of the console', async () => {
    const answer = await page.request.get((await file.getByRole('link').getAttribute('href'))!)
    expect(await answer.text()).toContain(evil(6))
    const headers = answer.headers()
    expect(headers['content-type']).toMatch(/^text\/plain/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toContain('sandbox')
    expect(headers['content-disposition'], 'quotes and brackets of the name are written so that no browser misreads them').not.toMatch(/[<>]/)
  })

  await test.step('a page that says it is a picture is refused, and so is a picture that is too large', async () => {
    const cookie = await cookieOf(city, 'duty-officer')
    const id = new URL(page.url()).pathname.split('/').pop()!
    const { case: now } = await call<Detail>(city, cookie, 'GET', `/api/v1/cases/${id}`)
    const send = (type: string, body: Buffer) =>
      fetch(`${city.url}/api/v1/cases/${id}/files?version=${now.version}&name=photo.png`, { method: 'POST', headers: { 'Content-Type': type, Cookie: cookie }, body: new Uint8Array(body) })
    expect((await send('image/png', Buffer.from('<!doctype html><script>alert(1)</script>'))).status).toBe(400)
    expect((await send('text/html', Buffer.from('<p>hello</p>'))).ok).toBe(false)
    expect((await send('image/png', Buffer.alloc(10 * 1024 * 1024 + 1))).ok).toBe(false)
    await panel.locator('[data-section="files"]').getByRole('button', { name: '添加附件' }).click()
    await panel.locator('input[type=file]').setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer: Buffer.alloc(10 * 1024 * 1024 + 1) })
    await expect(panel.locator('form.upload').getByRole('alert').first()).toContainText('超过 10 MB')
    await expect(panel.getByRole('button', { name: '上传', exact: true })).toBeDisabled()
  })

  const admin = await Person.at(browser, city, 'administrator', { page: '/accounts' })
  await expect(admin.page.getByRole('row', { name: 'markup' })).toContainText(evil(1))
  for (const p of [person, other, admin]) {
    expect(await p.page.evaluate(() => 'taken' in window), `script ran on the page of ${p.account}`).toBe(false)
    await expect(p.page.locator('img[src="x"]')).toHaveCount(0)
    p.faults.none()
    await p.leave()
  }
})
