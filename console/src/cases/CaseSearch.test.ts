import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import CaseSearch from './CaseSearch.vue'
import { caseQuery, NO_FILTER, readFilter, writeQuery } from './filter'
import { show, stage } from './testing/stage'

let box: ReturnType<typeof show>
const sought = () => (box.emitted('update:modelValue') ?? []).map((e) => e[0])

beforeEach(() => {
  vi.useFakeTimers()
  stage()
  box = show(CaseSearch, { modelValue: '' })
})
afterEach(() => {
  box.unmount()
  vi.useRealTimers()
})

describe('the search of cases', () => {
  it('looks for what was typed once the person pauses', async () => {
    const field = box.find('input')
    for (const text of ['u', 'un', 'under ']) await field.setValue(text)
    expect(sought()).toEqual([])
    vi.advanceTimersByTime(1000)
    expect(sought()).toEqual(['under'])
  })
  it('looks at once by Enter, and for nothing again once cleared', async () => {
    await box.find('input').setValue('积水')
    await box.find('form').trigger('submit')
    expect(sought()).toEqual(['积水'])
    await box.setProps({ modelValue: '积水' })
    await box.find('button').trigger('click')
    expect(sought()).toEqual(['积水', ''])
    expect((box.find('input').element as HTMLInputElement).value).toBe('')
  })
  it('waits while a character is being composed', async () => {
    const field = box.find('input')
    ;(field.element as HTMLInputElement).value = 'ji shui'
    await field.trigger('input', { isComposing: true })
    vi.advanceTimersByTime(1000)
    expect(sought()).toEqual([])
    ;(field.element as HTMLInputElement).value = '积水'
    await field.trigger('compositionend')
    vi.advanceTimersByTime(1000)
    expect(sought()).toEqual(['积水'])
  })
  it('stands in the address and is asked of the server, unless it looks for nothing', () => {
    expect(readFilter({ q: '隧道 0003' }).q).toBe('隧道 0003')
    expect(writeQuery({ ...NO_FILTER, q: '隧道' })).toEqual({ q: '隧道' })
    expect(caseQuery({ ...NO_FILTER, q: ' 隧道 ' }, 'UTC')).toEqual({ q: '隧道' })
    expect(caseQuery({ ...NO_FILTER, q: '——!' }, 'UTC')).toEqual({})
  })
})
