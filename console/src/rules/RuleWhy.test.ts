import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { server, settle, show, stage } from '@/cases/testing/stage'
import { useCity } from '@/stores/city'
import RuleWhy from './RuleWhy.vue'
import RulesPage from './RulesPage.vue'

const rule = (id: string, more = {}) => ({ id, title: { zh: `规则${id}`, en: `Rule ${id}` }, entity: 'BusLine', severity: 'minor', ...more })
const both = (en: string, zh = en) => ({ zh, en })
let shown: ReturnType<typeof show>

beforeEach(() => stage())
afterEach(() => {
  shown.unmount()
  vi.unstubAllGlobals()
})

describe('why', () => {
  it('is asked of the rule that is chosen, and said with titles, units and the city’s time', async () => {
    useCity().rules = [rule('p/late'), rule('p/other'), rule('p/elsewhere', { entity: 'Underpass' })] as never
    useCity().types = new Map([['BusLine', { type: 'BusLine', attributes: [{ name: 'averageDelay', title: both('Delay'), unit: 's' }] }]]) as never
    const asked = server(({ url }) => ({ body: {
      rule: decodeURIComponent(url.pathname.split('/')[4]!), entity: 'urn:ngsi-ld:BusLine:b5', raised: false, asOf: '2026-09-18T09:58:00Z', verdict: both('the condition does not hold: averageDelay >= 600.0; averageDelay = 12'),
      findings: [
        { part: 'throttled', holds: 'yes', text: both('the rule is throttled since 2026-09-18T09:30:00Z'), parts: [] },
        { part: 'when', name: 'averageDelay >= 600.0', holds: 'no', text: both('<b>'), parts: [{ part: 'attribute', name: 'averageDelay', holds: 'yes', value: '12', text: both('averageDelay = 12 (2026-09-18T09:57:00Z)'), parts: [] }] },
      ],
    } }))
    shown = show(RuleWhy, { entity: 'urn:ngsi-ld:BusLine:b5', type: 'BusLine' })
    await settle()
    const dialog = document.querySelector<HTMLElement>('dialog.why')!
    expect(asked[0]!.url.pathname + asked[0]!.url.search).toBe('/api/v1/rules/p%2Flate/explain?entity=urn%3Angsi-ld%3ABusLine%3Ab5')
    expect(dialog.querySelector('.verdict')!.textContent).toBe('the condition does not hold: Delay ≥ 600 s; Delay = 12 s')
    expect(dialog.querySelector('.throttled')!.textContent).toContain('since 09:30:00')
    const finding = dialog.querySelector('[data-part="when"]')!
    expect(finding.querySelector('[role=img]')!.getAttribute('aria-label')).toBe('does not hold')
    expect(finding.querySelector('.value')!.textContent).toBe('Delay 12 s')
    const pick = dialog.querySelector('select')!
    expect([...pick.options].map((o) => o.value)).toEqual(['p/late', 'p/other'])
    pick.value = 'p/other'
    pick.dispatchEvent(new Event('change'))
    await settle()
    expect(asked.at(-1)!.url.pathname).toContain('p%2Fother')
  })

  it('that cannot be read says so', async () => {
    useCity().rules = [rule('p/late')] as never
    server(() => 'away')
    shown = show(RuleWhy, { entity: 'urn:x:1', type: 'BusLine', rule: 'p/late' })
    await settle()
    expect(document.querySelector('dialog.why [role=alert]')!.textContent).toContain('could not be read')
  })
})

describe('the rules', () => {
  it('that are throttled stand first, with how long and by how much', async () => {
    server(({ url }) => ({ body: url.pathname.endsWith('/rules')
      ? { rules: [rule('p/a', { cost: { work: 900, behind: 0, room: 100, notLooked: 0, times: 0 } }), rule('p/b'), rule('p/c', { cost: { work: 5, behind: 130, room: 100, notLooked: 7, times: 1 }, throttled: { since: '2026-09-18T09:30:00Z', until: '2026-09-18T10:05:00Z', behind: 130, notLooked: 7, times: 1 } })] }
      : { feeds: [{ id: 'f', title: both('Buses'), rows: { total: 200, late: 3 } }, { id: 'g', title: both('Rain'), rows: { total: 9, late: 0 } }] } }))
    shown = show(RulesPage, {})
    await settle()
    expect(shown.findAll('tbody tr').map((r) => r.attributes('data-rule'))).toEqual(['p/c', 'p/a', 'p/b'])
    expect(shown.find('[data-testid=throttled-count]').text()).toBe('1 throttled')
    expect(shown.find('tbody tr').text()).toMatch(/since 09:30, back at about 10:05.*130%/)
    expect(shown.findAll('.late li').map((l) => l.text())).toEqual(['Buses3, 1.5% of all'])
  })
})
