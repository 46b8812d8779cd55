import { signal } from '@preact/signals'
import { parseRoute, type Route } from '../lib/route.ts'

/** What the page's address says. */
export const route = signal<Route>(parseRoute(location.hash))

window.addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash)
})

export function goTo(href: string): void {
  location.hash = href
}
