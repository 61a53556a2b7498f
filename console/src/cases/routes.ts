import type { RouteRecordRaw } from 'vue-router'

export const cases: RouteRecordRaw[] = [
  { path: '/cases/:id?', name: 'cases', component: () => import('@/cases/CasesPage.vue') },
  { path: '/evidence', name: 'evidence', component: () => import('@/evidence/EvidencePage.vue') },
]
