import type { Abi } from 'viem'
import type { Hex } from '../lib/hex.ts'

/** A contract that somebody has named, or given an ABI for. */
export type KnownContract = { address: Hex; name: string; abi: Abi }

/** Where the book is kept; a browser's localStorage is one. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem'>

/** Beyond, those that were added first are left out. */
export const MAX_CONTRACTS = 100

/** ABIs by contract, of one chain, kept in the browser. */
export class AbiBook {
  readonly #shelf: Shelf
  readonly #key: string
  #contracts: readonly KnownContract[]

  constructor(shelf: Shelf, genesisHash: string) {
    this.#shelf = shelf
    this.#key = `leveret.contracts.${genesisHash}`
    this.#contracts = read(shelf, this.#key)
  }

  /** The newest first. */
  get contracts(): readonly KnownContract[] {
    return this.#contracts
  }

  find(address: string): KnownContract | undefined {
    return this.#contracts.find((contract) => contract.address === address.toLowerCase())
  }

  put({ address, name, abi }: KnownContract): void {
    const known = { address: address.toLowerCase() as Hex, name, abi }
    const others = this.#contracts.filter((contract) => contract.address !== known.address)
    this.#set([known, ...others].slice(0, MAX_CONTRACTS))
  }

  remove(address: string): void {
    this.#set(this.#contracts.filter((contract) => contract.address !== address.toLowerCase()))
  }

  #set(contracts: readonly KnownContract[]): void {
    this.#contracts = contracts
    try {
      this.#shelf.setItem(this.#key, JSON.stringify(contracts))
    } catch {
      // The browser's store is full or forbidden: the book lasts as long as the page.
    }
  }
}

function read(shelf: Shelf, key: string): readonly KnownContract[] {
  try {
    const kept: unknown = JSON.parse(shelf.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isContract).slice(0, MAX_CONTRACTS) : []
  } catch {
    return []
  }
}

function isContract(item: unknown): item is KnownContract {
  const { address, name, abi } = (item ?? {}) as Record<string, unknown>
  return typeof address === 'string' && typeof name === 'string' && Array.isArray(abi)
}
