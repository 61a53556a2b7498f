import type { RouteRecordRaw } from 'vue-router'

export const feeds: RouteRecordRaw[] = [{ path: '/feeds', name: 'feeds', component: () => import('@/feeds/FeedsPage.vue') }]
