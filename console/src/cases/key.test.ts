import { expect, test } from 'vitest'
import { reportKey } from './key'
import type { NewCase } from './types'

test('a report sent again has its key, another report and another form have theirs', () => {
  const report = (text: string): NewCase => ({ title: { zh: '积水', en: 'Flood' }, text, severity: 'minor' })
  const keyOf = reportKey()
  const first = keyOf(report('a'))
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect(keyOf(report('b'))).not.toBe(first)
  expect(keyOf(report('a'))).toBe(first)
  expect(reportKey()(report('a'))).not.toBe(first)
})
