import { describe, expect, it } from 'vitest'
import { cutLine, faultyField, putTogether, takeApart } from './row'

describe('a quarantined row', () => {
  it('is taken apart and put together without loss', () => {
    for (const raw of ['a,b,c\n1,"x, ""y""",', 'a;b\n1,5;2', '{"a":1,"b":"2","c":null,"d":true}']) {
      const fields = takeApart(raw)!
      expect(putTogether(raw, fields)).toBe(raw)
    }
  })
  it('keeps the kinds of values that were corrected', () => {
    const raw = '{"n":"n/a","t":"7","b":true}'
    const f = takeApart(raw)!
    f.values[0] = '12'
    expect(putTogether(raw, f)).toBe('{"n":12,"t":"7","b":true}')
    const g = takeApart('n,t\nn/a,x')!
    g.values = ['1,5', 'say "x"']
    expect(putTogether('n,t\nn/a,x', g)).toBe('n,t\n"1,5","say ""x"""')
  })
  it('is left as text where its form is not known', () => {
    for (const raw of ['1,2,3', 'a,b\n1', '{"a":{"b":1}}', '{"a":', 'a,b\n"1,2', 'a\nb\nc']) expect(takeApart(raw), raw).toBeNull()
  })
  it('names the field that the reason speaks of', () => {
    expect(faultyField('vehicleCount: "n/a" is not a number', ['speed', 'vehiclecount'])).toBe('vehiclecount')
    expect(faultyField('unknown', ['a'])).toBeUndefined()
  })
  it('cuts lines as RFC 4180 says', () => {
    expect(cutLine('a,,"b""c",')).toEqual(['a', '', 'b"c', ''])
    expect(cutLine('"a"b')).toBeNull()
  })
})
