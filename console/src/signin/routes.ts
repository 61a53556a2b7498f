import type { RouteRecordRaw } from 'vue-router'

export const signin: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('@/signin/SignInPage.vue'), meta: { open: true } },
  { path: '/accounts', name: 'accounts', component: () => import('@/accounts/AccountsPage.vue') },
]
