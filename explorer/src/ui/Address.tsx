import { CONSOLE_ADDRESS, findContract } from '../abi/index.ts'
import { formatInteger } from '../lib/format.ts'
import { shorten } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import { developerNameOf } from '../wallet/index.ts'
import { CopyButton } from './CopyButton.tsx'
import { EvenBreaks } from './EvenBreaks.tsx'

/** What the page calls an address: a contract's name, a developer account's, or nothing. */
export function nameOf(address: string): string | undefined {
  if (address === CONSOLE_ADDRESS) return 'console'
  return findContract(address)?.name ?? developerNameOf(address)
}

/** A link to an account: by its name, if it has one, else by its address. */
export function AddressLink({ address, full = false }: { address: string; full?: boolean }) {
  const name = nameOf(address)
  return (
    <a class={name === undefined || full ? 'mono' : 'named'} href={links.account(address)} title={address}>
      {full ? <EvenBreaks of={address} /> : (name ?? shorten(address))}
    </a>
  )
}

/** A whole address with its name and a button to copy it. */
export function FullAddress({ address }: { address: string }) {
  const name = nameOf(address)
  return (
    <span class="copied">
      <span class="breakable">
        <AddressLink address={address} full />
        {name !== undefined && <span class="badge quiet">{name}</span>}
      </span>
      <CopyButton text={address} what="address" />
    </span>
  )
}

/** A whole hash with a button to copy it. */
export function FullHash({ hash, what = 'hash', href }: { hash: string; what?: string; href?: string }) {
  return (
    <span class="copied">
      {href === undefined ? (
        <span class="mono breakable">
          <EvenBreaks of={hash} />
        </span>
      ) : (
        <a class="mono breakable" href={href}>
          <EvenBreaks of={hash} />
        </a>
      )}
      <CopyButton text={hash} what={what} />
    </span>
  )
}

export function TransactionLink({ hash }: { hash: string }) {
  return (
    <a class="mono" href={links.transaction(hash)} title={hash}>
      {shorten(hash)}
    </a>
  )
}

export function BlockLink({ number }: { number: number }) {
  return (
    <a class="number" href={links.block(number)}>
      {formatInteger(number)}
    </a>
  )
}

export function MiniBlockLink({ number }: { number: number }) {
  return (
    <a class="number" href={links.miniBlock(number)}>
      {formatInteger(number)}
    </a>
  )
}
