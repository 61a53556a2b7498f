import { expect, it } from 'vitest'
import { inTurn } from './inturn'

it('work in turn is never under way twice, and is done again for who asked meanwhile', async () => {
  const ends: (() => void)[] = []
  let [under, most] = [0, 0]
  const load = inTurn(async () => {
    most = Math.max(most, ++under)
    await new Promise<void>((end) => ends.push(end))
    under--
  })
  const first = load()
  const [second, third] = [load(), load()]
  expect(third).toBe(second)
  ends[0]!()
  await first
  void load()
  await Promise.resolve().then(() => undefined)
  while (ends.length < 2) await Promise.resolve()
  ends[1]!()
  await second
  expect([ends.length, most]).toEqual([2, 1])
})

it('work that failed is done again', async () => {
  let times = 0
  const load = inTurn(async () => {
    if (++times === 1) throw new Error('away')
  })
  const [first, second] = [load(), load()]
  await expect(first).rejects.toThrow('away')
  await second
  expect(times).toBe(2)
})
