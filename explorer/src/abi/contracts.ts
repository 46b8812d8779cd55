import { computed, signal } from '@preact/signals'
import type { Abi } from 'viem'
import { facts } from '../chain/facts.ts'
import { AbiBook, type KnownContract } from './AbiBook.ts'
import { COMMON_ABI, COMMON_INDEXED_ABI } from './commonAbi.ts'
import { CONSOLE_ADDRESS, consoleAbi } from './consoleAbi.ts'

/** Counts changes of the book. */
const changes = signal(0)

const book = computed(() => new AbiBook(localStorage, facts.value?.genesisHash ?? ''))

/** Contracts of this chain whose ABI the page has been given, the newest first. */
export const contracts = computed<readonly KnownContract[]>(() => {
  changes.value
  return book.value.contracts
})

export function findContract(address: string): KnownContract | undefined {
  changes.value
  return book.value.find(address)
}

export function keepContract(contract: KnownContract): void {
  book.peek().put(contract)
  changes.value++
}

export function forgetContract(address: string): void {
  book.peek().remove(address)
  changes.value++
}

/** ABIs in the order in which they are tried for what concerns an address: its own, then everybody's, then the usual. */
export function abisFor(address: string | null | undefined): readonly Abi[] {
  if (address === CONSOLE_ADDRESS) return [consoleAbi()]
  const own = address ? findContract(address) : undefined
  const others = contracts.value.filter((contract) => contract !== own).map(({ abi }) => abi)
  return [...(own === undefined ? [] : [own.abi]), COMMON_ABI, COMMON_INDEXED_ABI, ...others]
}
