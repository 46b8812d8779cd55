import { isAddress, isHash } from './hex.ts'

/** What the page shows; stands behind `#` in its address. */
export type Route =
  | { view: 'overview' }
  | { view: 'blocks'; before: number | undefined }
  | { view: 'block'; block: string }
  | { view: 'mini-block'; number: number }
  | { view: 'transactions'; before: number | undefined }
  | { view: 'transaction'; hash: string; tab: TransactionTab }
  | { view: 'accounts' }
  | { view: 'account'; address: string; tab: AccountTab }
  | { view: 'deploy' }
  | { view: 'faucet' }
  | { view: 'network' }
  | { view: 'unknown'; path: string }

export const TRANSACTION_TABS = ['summary', 'calls', 'logs', 'state', 'raw'] as const
export const ACCOUNT_TABS = ['transactions', 'contract', 'storage', 'logs', 'code'] as const
export type TransactionTab = (typeof TRANSACTION_TABS)[number]
export type AccountTab = (typeof ACCOUNT_TABS)[number]

/** Of a `location.hash`. Whatever isn't an address of the page is `unknown`. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#\/?/, '')
  const [view = '', first, second, ...rest] = path.split('/')
  const route = rest.length > 0 ? undefined : routeOf(view, first, second)
  return route ?? { view: 'unknown', path }
}

function routeOf(view: string, first: string | undefined, second: string | undefined): Route | undefined {
  switch (view) {
    case '':
      return first === undefined ? { view: 'overview' } : undefined
    case 'blocks':
    case 'transactions':
      return listRoute(view, first, second)
    case 'block':
      return first !== undefined && second === undefined && (isHash(first) || /^\d{1,15}$/.test(first))
        ? { view, block: first }
        : undefined
    case 'mini-block':
      return first !== undefined && second === undefined && /^\d{1,15}$/.test(first)
        ? { view, number: Number(first) }
        : undefined
    case 'transaction': {
      const tab = TRANSACTION_TABS.find((each) => each === (second ?? 'summary'))
      return tab && first && isHash(first) ? { view, hash: first.toLowerCase(), tab } : undefined
    }
    case 'account': {
      const tab = ACCOUNT_TABS.find((each) => each === (second ?? 'transactions'))
      return tab && first && isAddress(first) ? { view, address: first.toLowerCase(), tab } : undefined
    }
    case 'accounts':
    case 'deploy':
    case 'faucet':
    case 'network':
      return first === undefined ? { view } : undefined
    default:
      return undefined
  }
}

/** `blocks`, or `blocks/before/120`. */
function listRoute(
  view: 'blocks' | 'transactions',
  word: string | undefined,
  number: string | undefined,
): Route | undefined {
  if (word === undefined) return { view, before: undefined }
  return word === 'before' && /^\d{1,15}$/.test(number ?? '') ? { view, before: Number(number) } : undefined
}

/** Addresses of the page, for links. */
export const links = {
  overview: '#/',
  blocks: (before?: number) => (before === undefined ? '#/blocks' : `#/blocks/before/${before}`),
  block: (block: number | bigint | string) => `#/block/${block}`,
  miniBlock: (number: number) => `#/mini-block/${number}`,
  transactions: (before?: number) =>
    before === undefined ? '#/transactions' : `#/transactions/before/${before}`,
  transaction: (hash: string, tab: TransactionTab = 'summary') =>
    tab === 'summary' ? `#/transaction/${hash}` : `#/transaction/${hash}/${tab}`,
  accounts: '#/accounts',
  account: (address: string, tab: AccountTab = 'transactions') =>
    tab === 'transactions' ? `#/account/${address}` : `#/account/${address}/${tab}`,
  deploy: '#/deploy',
  faucet: '#/faucet',
  network: '#/network',
} as const
