import { computed } from '@preact/signals'
import { facts } from '../chain/facts.ts'
import { headNumber } from '../chain/live.ts'
import { status } from '../chain/node.ts'
import { formatInteger } from '../lib/format.ts'
import { links, type Route } from '../lib/route.ts'
import { developerBalances, isDeveloperChain } from '../wallet/index.ts'
import { Search } from './Search.tsx'
import { isDark, switchTheme } from './theme.ts'

type Section = { label: string; href: string; views: readonly Route['view'][] }

const SECTIONS: readonly Section[] = [
  { label: 'Overview', href: links.overview, views: ['overview'] },
  { label: 'Blocks', href: links.blocks(), views: ['blocks', 'block', 'mini-block'] },
  { label: 'Transactions', href: links.transactions(), views: ['transactions', 'transaction'] },
  { label: 'Accounts', href: links.accounts, views: ['accounts', 'account'] },
  { label: 'Deploy', href: links.deploy, views: ['deploy'] },
  { label: 'Network', href: links.network, views: ['network'] },
]
const FAUCET: Section = { label: 'Faucet', href: links.faucet, views: ['faucet'] }

/** Its place is kept until it is known that there is none. */
const hasFaucet = computed(() => developerBalances.value === undefined || isDeveloperChain.value)

export function Header({ current }: { current: Route }) {
  const sections = hasFaucet.value ? [...SECTIONS, FAUCET] : SECTIONS
  return (
    <header class="top">
      <div class="bar">
        <a
          class="logo"
          href={links.overview}
          aria-label="Leveret explorer, overview"
          aria-current={current.view === 'overview' ? 'page' : undefined}
        >
          <Hare />
          <span>Leveret</span>
        </a>
        <Search />
        <StatusPill />
        <ThemeSwitch />
      </div>
      <nav class="sections" aria-label="Explorer">
        {sections.map(({ label, href, views }) => (
          <a key={href} href={href} aria-current={views.includes(current.view) ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
    </header>
  )
}

function Hare() {
  return (
    <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
      <rect width="32" height="32" rx="8" class="ground" />
      <path
        class="hare"
        d="M11.2 4.6c1.8 0 3.1 4 3.4 8.3h2.8c.3-4.3 1.6-8.3 3.4-8.3 2 0 2.1 5.3.6 9.5 2.2 1.5 3.6 3.7 3.6 6.2 0 4.3-4 7.3-9 7.3s-9-3-9-7.3c0-2.5 1.4-4.7 3.6-6.2-1.5-4.2-1.4-9.5.6-9.5z"
      />
    </svg>
  )
}

function StatusPill() {
  const isOpen = status.value === 'open'
  const text = isOpen ? 'Live' : status.value === 'lost' ? 'Offline' : 'Connecting'
  return (
    <a
      class={`pill ${status.value}`}
      href={headNumber.value === undefined ? links.blocks() : links.block(headNumber.value)}
      title={facts.value === undefined ? text : `${facts.value.client}, chain ${facts.value.chainId}`}
    >
      <span class="dot" aria-hidden="true" />
      <span>{text}</span>
      <span class="number head">{headNumber.value === undefined ? '' : formatInteger(headNumber.value)}</span>
    </a>
  )
}

function ThemeSwitch() {
  const label = isDark.value ? 'Switch to light colours' : 'Switch to dark colours'
  return (
    <button type="button" class="icon" onClick={switchTheme} aria-label={label} title={label}>
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        {isDark.value ? (
          <>
            <circle cx="10" cy="10" r="3.5" />
            <path d="M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M15.7 4.3l-1.4 1.4M5.7 14.3l-1.4 1.4" />
          </>
        ) : (
          <path d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z" />
        )}
      </svg>
    </button>
  )
}
