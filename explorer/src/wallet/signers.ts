import { computed, effect, signal } from '@preact/signals'
import { facts } from '../chain/facts.ts'
import { epoch, requestAll } from '../chain/node.ts'
import type { Hex } from '../lib/hex.ts'
import { DEVELOPER_ADDRESSES, DEVELOPER_KEYS } from './developerAccounts.ts'
import { type InjectedWallet, injectedWallets } from './injected.ts'

/** Who can sign a transaction here: a developer account of the chain, or a wallet of the browser. */
export type Signer =
  | { kind: 'developer'; id: string; label: string; address: Hex; key: Hex }
  | { kind: 'injected'; id: string; label: string; wallet: InjectedWallet }

/** Balances of the developer accounts; undefined until they are known. */
export const developerBalances = signal<readonly bigint[] | undefined>(undefined)

effect(() => {
  if (facts.value !== undefined && epoch.value > 0) void readBalances().catch(() => {})
})

/** Reads the balances again, after something was paid. */
export async function readBalances(): Promise<void> {
  const balances = await requestAll<Hex>(
    DEVELOPER_ADDRESSES.map((address) => ['eth_getBalance', [address, 'latest']] as const),
  )
  developerBalances.value = balances.map(BigInt)
}

/** A chain on which the accounts whose keys everybody knows have ether. */
export const isDeveloperChain = computed(
  () => developerBalances.value?.some((balance) => balance > 0n) ?? false,
)

export const signers = computed<readonly Signer[]>(() => {
  const balances = developerBalances.value ?? []
  const developers = DEVELOPER_KEYS.flatMap((key, i): Signer[] => {
    if ((balances[i] ?? 0n) === 0n) return []
    return [
      {
        kind: 'developer',
        id: `developer-${i}`,
        label: developerName(i),
        address: DEVELOPER_ADDRESSES[i]!,
        key,
      },
    ]
  })
  const injected = injectedWallets.value.map(
    (wallet): Signer => ({ kind: 'injected', id: wallet.id, label: wallet.name, wallet }),
  )
  return [...developers, ...injected]
})

/** The signer that was chosen last. */
const chosenId = signal('developer-0')

export const signer = computed(
  () => signers.value.find(({ id }) => id === chosenId.value) ?? signers.value[0],
)

export function chooseSigner(id: string): void {
  chosenId.value = id
}

function developerName(index: number): string {
  return `Developer ${index}`
}

/** What a developer account is called; undefined for other addresses. */
export function developerNameOf(address: string): string | undefined {
  if (!isDeveloperChain.value) return undefined
  const index = DEVELOPER_ADDRESSES.indexOf(address.toLowerCase() as Hex)
  return index < 0 ? undefined : developerName(index)
}
