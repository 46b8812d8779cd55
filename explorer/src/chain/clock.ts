import { signal } from '@preact/signals'

/** Unix milliseconds, anew each second while the page is seen: what ages are counted from. */
export const now = signal(Date.now())

/** Whether somebody can see the page. */
export const isVisible = signal(document.visibilityState !== 'hidden')

setInterval(() => {
  if (isVisible.value) now.value = Date.now()
}, 1000)

document.addEventListener('visibilitychange', () => {
  isVisible.value = document.visibilityState !== 'hidden'
  if (isVisible.value) now.value = Date.now()
})

/** Unix milliseconds with the places that `Date.now` lacks. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}
