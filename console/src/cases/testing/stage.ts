import { createPinia, setActivePinia } from 'pinia'
import { flushPromises, mount } from '@vue/test-utils'
import type { Component } from 'vue'
import { vi } from 'vitest'
import { i18n, setLanguage } from '@/i18n'
import { useCity } from '@/stores/city'
import { useClock } from '@/stores/clock'
import { useSession } from '@/stores/session'
import type { CaseBody, CaseDetail, Choice, Move } from '../types'

export interface Asked {
  method: string
  url: URL
  body: Record<string, unknown>
}
/** What a server answers: a body, a status with a body, or no answer at all. */
export type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | 'away'

/** A server of a test: it writes down what it was asked. */
export function server(answer: (asked: Asked) => Answer | Promise<Answer>): Asked[] {
  const log: Asked[] = []
  vi.stubGlobal('fetch', async (href: string, init: RequestInit = {}) => {
    const asked = { method: init.method ?? 'GET', url: new URL(href, 'http://city'), body: typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {} }
    log.push(asked)
    const a = await answer(asked)
    if (a === 'away') throw new TypeError('fetch failed')
    return new Response(JSON.stringify(a.body ?? {}), { status: a.status ?? 200, headers: { 'Content-Type': 'application/json', ...a.headers } })
  })
  return log
}

export const NOW = '2026-09-18T10:00:00Z'

/** A fresh page whose city, clock and session are known. */
export function stage(language: 'zh' | 'en' = 'en'): void {
  setActivePinia(createPinia())
  setLanguage(language)
  const named = (id: string) => ({ id, name: { zh: id, en: id }, roles: [] })
  useCity().body = {
    name: { zh: '示例市', en: 'Example' }, note: { zh: '', en: '' }, timeZone: 'UTC', languages: ['zh', 'en'], view: { center: [0, 0], zoom: 1, bounds: [0, 0, 1, 1] },
    agencies: ['centre', 'roads', 'parking'].map(named), packs: [], kinds: [], simulated: true, time: NOW, posts: [],
  }
  useClock().now = Date.parse(NOW)
  useSession().take({ account: 'duty-officer', name: { zh: '值班长', en: 'Duty officer' }, open: false, posts: [{ id: 'duty-officer', agency: 'centre', duty: 'duty-officer', name: { zh: '值班长', en: 'Duty officer' } }] })
}

/** Mounts on the stage; useCase and the rest see its stores. */
export function show(component: Component, props: Record<string, unknown>) {
  return mount(component, { props, attachTo: document.body, global: { plugins: [i18n], stubs: { RouterLink: true } } })
}

export const settle = flushPromises

export const aCase = (more: Partial<CaseBody> = {}): CaseBody => ({
  id: 'c1', number: '20260918-0001', version: 3, change: 3, kind: 'garage-pressure', procedure: 'p/garage-pressure', origin: 'situation', title: { zh: '停车场压力', en: 'Garage under pressure' },
  severity: 'major', state: 'handled', tasks: [], deadline: '2026-09-18T11:00:00Z', overdue: false, openedAt: '2026-09-18T09:00:00Z', changedAt: NOW, from: [], files: [], ...more,
})

export const aMove = (seq: number, verb: string, more: Partial<Move> = {}): Move => ({ seq, at: NOW, verb, to: 'handled', assists: [], record: `case.c1.${seq}`, leaf: seq, ...more })

export const aChoice = (verb: Choice['verb'], more: Partial<Choice> = {}): Choice => ({ verb, allowed: true, who: [{ duty: 'duty-officer' }], needs: [], may: [], ...more })

export const aDetail = (more: Partial<CaseDetail> = {}): CaseDetail => ({
  case: aCase(), moves: [aMove(1, 'report', { to: 'reported' }), aMove(2, 'file', { to: 'filed' }), aMove(3, 'finish')],
  choices: [aChoice('reject', { needs: ['text'] }), aChoice('accept', { agency: 'roads', may: ['text'] }), aChoice('close', { allowed: false, guard: 'assisting-open', text: { zh: '协办单位尚未完成：parking', en: 'assisting agencies are not done: parking' }, who: [{ duty: 'dispatcher', agency: 'roads' }] })],
  orders: [], checks: [], ...more,
})
