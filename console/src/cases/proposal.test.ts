import { describe, expect, it } from 'vitest'
import { asked, givenBack, proposal } from './proposal'
import { aCase, aDetail, aMove } from './testing/stage'
import type { Task } from './types'

const task = (agency: string, state: Task['state'], more: Partial<Task> = {}): Task => ({ agency, lead: false, state, order: 'go', overdue: false, givenAt: '2026-09-18T09:00:00Z', ...more })
const both = (text: string) => ({ zh: text, en: text })
const orders = [{ agency: 'roads', text: both('close the road') }, { agency: 'parking', text: both('open the reserve') }, { agency: 'culture', text: both('tell the guests') }]

describe('a dispatch begins with', () => {
  it('those whom the procedure asks', () => {
    expect(proposal(aDetail({ orders, case: aCase({ state: 'filed' }) }))).toEqual({ agency: 'roads', assists: ['parking', 'culture'], order: '' })
  })
  it('nobody where nobody is known', () => {
    expect(proposal(aDetail({ orders: [{ text: both('look') }], case: aCase({ state: 'filed' }) }))).toEqual({ agency: '', assists: [], order: '' })
    expect(proposal(aDetail({ case: aCase({ state: 'filed' }) }))).toEqual({ agency: '', assists: [], order: '' })
  })
  it('those who were asked last, after the lead gave it back', () => {
    const d = aDetail({
      case: aCase({ state: 'filed', procedure: undefined, tasks: [task('roads', 'returned', { lead: true, order: 'fill the hole', report: 'not ours' }), task('parking', 'handling')] }),
      moves: [aMove(1, 'report'), aMove(2, 'file'), aMove(3, 'dispatch', { agency: 'roads', assists: ['parking', 'culture'] }), aMove(4, 'return', { agency: 'roads', text: 'not ours' })],
    })
    expect(proposal(d)).toEqual({ agency: 'roads', assists: ['culture'], order: 'fill the hole' })
    expect(givenBack(d)?.report).toBe('not ours')
  })
  it('no order of a person where the procedure asked', () => {
    const d = aDetail({
      orders, case: aCase({ state: 'filed', tasks: [task('roads', 'returned', { lead: true, order: 'close the road', asked: both('close the road') }), task('parking', 'returned')] }),
      moves: [aMove(1, 'dispatch', { agency: 'roads', assists: ['parking', 'culture'] }), aMove(2, 'return', { agency: 'parking' }), aMove(3, 'return', { agency: 'roads' })],
    })
    expect(proposal(d)).toEqual({ agency: 'roads', assists: ['culture'], order: '' })
  })
  it('no word of a return that has been answered', () => {
    const d = aDetail({ case: aCase({ tasks: [task('roads', 'waiting', { lead: true })] }), moves: [aMove(1, 'return', { agency: 'roads' }), aMove(2, 'dispatch', { agency: 'roads' })] })
    expect(givenBack(d)).toBeUndefined()
  })
})

describe('the procedure', () => {
  it('asks the agencies that are chosen', () => {
    expect(asked(aDetail({ orders }), ['culture', 'roads', 'police']).map((o) => o.agency)).toEqual(['roads', 'culture'])
    expect(asked(null, ['roads'])).toEqual([])
  })
})
