import type { RouteRecordRaw } from 'vue-router'

export const rules: RouteRecordRaw[] = [{ path: '/rules', name: 'rules', component: () => import('@/rules/RulesPage.vue') }]
