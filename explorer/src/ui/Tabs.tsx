import type { ComponentChildren } from 'preact'

export type Tab = { id: string; label: string; href: string; note?: ComponentChildren }

/** Parts of a view, each with an address of its own. */
export function Tabs({ tabs, current, label }: { tabs: readonly Tab[]; current: string; label: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.id} href={tab.href} aria-current={tab.id === current ? 'page' : undefined}>
          {tab.label}
          {tab.note !== undefined && <span class="note">{tab.note}</span>}
        </a>
      ))}
    </nav>
  )
}
