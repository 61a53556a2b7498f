import { expect, it } from 'vitest'
import { faultOf, MAX_BYTES, sizeText } from './media'
import { center } from './place'

it('refuses files that the server would refuse', () => {
  expect(faultOf({ size: MAX_BYTES, type: 'image/jpeg' })).toBeNull()
  expect(faultOf({ size: MAX_BYTES + 1, type: 'image/jpeg' })).toBe('tooLarge')
  expect(faultOf({ size: 0, type: 'image/jpeg' })).toBe('empty')
  expect(faultOf({ size: 9, type: 'text/html' })).toBe('wrongType')
  expect(faultOf({ size: 9, type: 'image/svg+xml' })).toBe('wrongType')
  expect(faultOf({ size: 9, type: 'text/plain; charset=utf-8' })).toBeNull()
})

it('says sizes and places', () => {
  expect([0, 999, 123_456, 10_485_760].map(sizeText)).toEqual(['0 B', '999 B', '123 KB', '10.5 MB'])
  expect(center({ type: 'LineString', coordinates: [[0, 0], [2, 4]] })).toEqual([1, 2])
  expect(center(undefined)).toBeNull()
})
