import { signal } from '@preact/signals'

/** EIP-1193. */
export type Provider = { request(call: { method: string; params?: readonly unknown[] }): Promise<unknown> }

export type InjectedWallet = { id: string; name: string; provider: Provider }

/** Wallets of the browser that have announced themselves (EIP-6963), or the one of `window.ethereum`. */
export const injectedWallets = signal<readonly InjectedWallet[]>([])

type Announcement = CustomEvent<{ info: { uuid: string; name: string }; provider: Provider }>

/** A page full of wallets would be no help. */
const MAX_WALLETS = 8

export function lookForWallets(): void {
  window.addEventListener('eip6963:announceProvider', (event) => {
    const { info, provider } = (event as Announcement).detail
    add({ id: info.uuid, name: info.name, provider })
  })
  window.dispatchEvent(new Event('eip6963:requestProvider'))
  const { ethereum } = window as { ethereum?: Provider }
  if (ethereum !== undefined && injectedWallets.value.length === 0)
    add({ id: 'window.ethereum', name: "The browser's wallet", provider: ethereum })
}

function add(wallet: InjectedWallet): void {
  const known = injectedWallets.value
  if (known.length < MAX_WALLETS && !known.some(({ id }) => id === wallet.id))
    injectedWallets.value = [...known, wallet]
}
