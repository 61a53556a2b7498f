import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useClock } from './clock'

const start = Date.parse('2026-06-12T10:00:00Z')

describe('the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    setActivePinia(createPinia())
  })
  afterEach(() => void vi.useRealTimers())
  const state = (seconds: number, speed?: number) => useClock().set(new Date(start + seconds * 1000).toISOString(), speed)
  const shown = (): number => Math.round((useClock().now - start) / 1000)
  const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000)

  it('runs on at the stated speed', () => {
    state(0, 20)
    pass(5)
    expect(shown()).toBe(100)
  })
  it('stands, and never goes back, when the city stands sooner than it ran on', () => {
    state(0, 60)
    pass(5)
    expect(shown()).toBe(300)
    for (let i = 0; i < 6; i++) {
      state(40, 0)
      expect(shown()).toBe(300)
      pass(5)
      expect(shown()).toBe(300)
    }
    expect(useClock().speed).toBe(0)
    state(40, 60)
    pass(4)
    expect(shown()).toBe(300) // the city has come to 280
    pass(1)
    expect(shown()).toBe(340)
  })
  it('never goes back while the speed changes', () => {
    let [truth, before, speed] = [0, 0, 60]
    for (const next of [60, 20, 0, 0, 35, 60, 10, 0, 60, 60]) {
      state(truth, speed)
      for (let i = 0; i < 10; i++) {
        pass(0.5)
        truth += next / 2
        expect(shown()).toBeGreaterThanOrEqual(before)
        before = shown()
      }
      speed = next
    }
    state(truth, 60)
    pass(5)
    state(truth + 300, 60)
    expect(shown()).toBe(truth + 300)
  })
  it('shows another time at once', () => {
    state(36_000, 20)
    state(0, 20)
    expect(shown()).toBe(0)
    state(36_000)
    expect(shown()).toBe(36_000)
  })
  it('does not wait for long where a fast replay ends', () => {
    state(0, 600)
    pass(5)
    state(100, 1)
    expect(shown()).toBe(100)
  })
  it('goes on from where it was held', () => {
    state(0, 20)
    pass(5)
    useClock().hold()
    pass(20)
    expect(shown()).toBe(100)
    state(90, 20)
    expect(shown()).toBe(100)
    pass(1)
    expect(shown()).toBe(110)
  })
})
