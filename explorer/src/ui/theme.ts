import { computed, effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'leveret.theme'
const darkSystem = window.matchMedia('(prefers-color-scheme: dark)')

const systemIsDark = signal(darkSystem.matches)
darkSystem.addEventListener('change', () => {
  systemIsDark.value = darkSystem.matches
})

export const theme = signal<Theme>(readTheme())

export const isDark = computed(() => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark'))

effect(() => {
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light'
})

/** From what it is now to the other, and back to the system's own when that is the same. */
export function switchTheme(): void {
  const wanted = isDark.value ? 'light' : 'dark'
  theme.value = systemIsDark.value === (wanted === 'dark') ? 'system' : wanted
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // Without the browser's store the choice lasts as long as the page.
  }
}

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    return 'system'
  }
}
