import { describe, expect, it } from 'vitest'
import type { CaseBody } from '@/cases/types'
import { late } from './opencases'

const at = (time: string): number => Date.parse(`2026-06-12T${time}:00Z`)
const body = (more: Partial<CaseBody>): CaseBody => ({ overdue: false, tasks: [], ...more }) as CaseBody
const task = (state: string, deadline: string) => ({ state, deadline, overdue: false }) as CaseBody['tasks'][number]

describe('a case', () => {
  it('is late when its deadline passes, though nobody moved it', () => {
    const c = body({ deadline: '2026-06-12T10:00:00Z' })
    expect(late(c, at('09:59'))).toBe(false)
    expect(late(c, at('10:01'))).toBe(true)
  })
  it('is late when a task that is not done is', () => {
    expect(late(body({ tasks: [task('waiting', '2026-06-12T10:00:00Z')] }), at('10:01'))).toBe(true)
    expect(late(body({ tasks: [task('done', '2026-06-12T10:00:00Z')] }), at('10:01'))).toBe(false)
  })
  it('without a deadline is never late', () => {
    expect(late(body({}), at('10:01'))).toBe(false)
  })
})
