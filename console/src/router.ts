import { createRouter, createWebHistory } from 'vue-router'
import { cases } from '@/cases/routes'
import { feeds } from '@/feeds/routes'
import { rules } from '@/rules/routes'
import { signin } from '@/signin/routes'
import DutyPage from '@/duty/DutyPage.vue'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** The page is open to those who are not signed in. */
    open?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'duty', component: DutyPage },
    ...cases,
    ...feeds,
    ...rules,
    ...signin,
    { path: '/:any(.*)*', name: 'missing', component: () => import('@/frame/MissingPage.vue'), meta: { open: true } },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  const session = useSession()
  await session.ready()
  return session.state === 'signed-out' ? { name: 'sign-in', query: { next: to.fullPath } } : true
})
