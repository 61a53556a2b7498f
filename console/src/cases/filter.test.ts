import { expect, it } from 'vitest'
import { readTab } from './filter'

it('who looks for a case finds it whether or not it is closed, unless a tab was chosen', () => {
  expect(readTab({})).toBe('open')
  expect(readTab({ q: '20260612-0012' })).toBe('all')
  expect(readTab({ q: '20260612-0012', tab: 'open' })).toBe('open')
  expect(readTab({ tab: 'closed' })).toBe('closed')
  expect(readTab({ q: 'x', tab: 'nonsense' })).toBe('all')
})
