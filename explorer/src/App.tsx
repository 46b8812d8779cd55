import { useLayoutEffect, useRef } from 'preact/hooks'
import { shorten } from './lib/hex.ts'
import type { Route } from './lib/route.ts'
import { nameOf } from './ui/Address.tsx'
import { ConnectionNotice } from './ui/ConnectionNotice.tsx'
import { Header } from './ui/Header.tsx'
import { route } from './ui/location.ts'
import { NodeStrip } from './ui/NodeStrip.tsx'
import { AccountsView } from './views/AccountsView.tsx'
import { AccountView } from './views/AccountView.tsx'
import { BlocksView } from './views/BlocksView.tsx'
import { BlockView } from './views/BlockView.tsx'
import { DeployView } from './views/DeployView.tsx'
import { FaucetView } from './views/FaucetView.tsx'
import { MiniBlockView } from './views/MiniBlockView.tsx'
import { NetworkView } from './views/NetworkView.tsx'
import { OverviewView } from './views/OverviewView.tsx'
import { TransactionsView } from './views/TransactionsView.tsx'
import { TransactionView } from './views/TransactionView.tsx'
import { UnknownView } from './views/UnknownView.tsx'

export function App() {
  const main = useRef<HTMLElement>(null)
  const current = route.value
  useArrival(main, current)
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Header current={current} />
      <aside aria-label="This node">
        <NodeStrip />
        <ConnectionNotice />
      </aside>
      <main id="main" ref={main} tabIndex={-1}>
        <View key={subjectOf(current)} current={current} />
      </main>
    </>
  )
}

/** Tells of a new view by the title, and by the focus, as a browser does with a new page. */
function useArrival(main: { current: HTMLElement | null }, current: Route): void {
  const subject = subjectOf(current)
  const last = useRef(subject)
  // Before it is painted: later, it could take the focus from who types already.
  useLayoutEffect(() => {
    document.title = `${titleOf(current)} · Leveret`
    if (last.current === subject) return
    last.current = subject
    window.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  })
}

/** What a view is about; its tabs have the same. */
function subjectOf(current: Route): string {
  if (current.view === 'transaction') return `transaction ${current.hash}`
  if (current.view === 'account') return `account ${current.address}`
  if (current.view === 'block') return `block ${current.block}`
  if (current.view === 'mini-block') return `mini-block ${current.number}`
  return current.view
}

/** Tabs of a browser have little room: what it is, and whose. */
function titleOf(current: Route): string {
  if (current.view === 'transaction') {
    const part = current.tab === 'summary' ? 'Transaction' : `${capital(current.tab)} of transaction`
    return `${part} ${shorten(current.hash)}`
  }
  if (current.view === 'account') {
    const name = nameOf(current.address) ?? shorten(current.address)
    return current.tab === 'transactions' ? `Account ${name}` : `${capital(current.tab)} of ${name}`
  }
  if (current.view === 'block') return `Block ${shorten(current.block)}`
  if (current.view === 'unknown') return 'No such page'
  return capital(subjectOf(current))
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function View({ current }: { current: Route }) {
  switch (current.view) {
    case 'overview':
      return <OverviewView />
    case 'blocks':
      return <BlocksView before={current.before} />
    case 'block':
      return <BlockView block={current.block} />
    case 'mini-block':
      return <MiniBlockView number={current.number} />
    case 'transactions':
      return <TransactionsView before={current.before} />
    case 'transaction':
      return <TransactionView hash={current.hash} tab={current.tab} />
    case 'accounts':
      return <AccountsView />
    case 'account':
      return <AccountView address={current.address} tab={current.tab} />
    case 'deploy':
      return <DeployView />
    case 'faucet':
      return <FaucetView />
    case 'network':
      return <NetworkView />
    case 'unknown':
      return <UnknownView path={current.path} />
  }
}
