import { fromBigIntMinimal as minimalBytes, toBigInt } from '../../lib/index.ts'
import { AccountOverlay } from './AccountOverlay.ts'
import type { Dictionary } from './Dictionary.ts'
import { MappingKeys } from './MappingKeys.ts'
import type { OldState } from './OldState.ts'
import {
  type Effect,
  OPERATION_ADD,
  OPERATION_SET,
  OPERATION_SPEND,
  OPERATION_SUBTRACT,
  patternKey,
  SOURCE_DATA,
  SOURCE_ONE,
  SOURCE_RECIPIENT,
} from './Pattern.ts'
import { BASE_FEE_AT } from './plainRecords.ts'
import { ITEM_CONSTANT } from './ReceiptKind.ts'
import { SlotOverlay } from './SlotOverlay.ts'
import { idAt, type TransactionFacts, VALUE_INDEX } from './TransactionFacts.ts'
import type { FeeKind } from './templates.ts'
import { addWord, copyWord, isZeroWord, multiplyInto, subtractWord, viewOf } from './words256.ts'

/** Above it the product of gas and price is not exact. */
const MAX_GAS_USED = 2 ** 44
const NOTHING_LISTED = -1

/** Wei per gas that the sender pays, and that the coinbase gets, big-endian without leading zeros. */
type Price = { paid: Uint8Array; earned: Uint8Array }

/**
 * What a chunk's transactions and receipts say of its diff: nonces, values and fees by the rules of the protocol, slots by
 * the patterns of the dictionary. Reads the old state of what it lists, and nothing else of the state.
 */
export class Prediction {
  readonly #dictionary: Dictionary
  readonly accounts: AccountOverlay
  readonly slots: SlotOverlay
  readonly #mappingKeys = new MappingKeys()
  readonly #prices = new Map<FeeKind, Price>()
  #pricedFor: Uint8Array | undefined
  readonly #word = new DataView(new ArrayBuffer(32))
  readonly #key = new Uint8Array(32)
  readonly #keyView = viewOf(this.#key)
  readonly #inner = new Uint8Array(32)
  readonly #innerView = viewOf(this.#inner)

  constructor(dictionary: Dictionary, oldState: OldState) {
    this.#dictionary = dictionary
    this.accounts = new AccountOverlay(dictionary.addresses, oldState)
    this.slots = new SlotOverlay(oldState)
  }

  /** A chunk begins. */
  begin(): void {
    this.accounts.begin()
    this.slots.begin()
    if (this.#pricedFor === this.#dictionary.openBlock) return
    this.#pricedFor = this.#dictionary.openBlock
    this.#prices.clear()
  }

  /** Takes the next transaction, of which all is known. */
  add(facts: TransactionFacts): void {
    const { accounts } = this
    const word = this.#word
    const { list, fees, receipt } = facts
    const price = this.#priceOf(fees!)
    const isExact = facts.gasUsed >= 0 && facts.gasUsed <= MAX_GAS_USED
    const sender = accounts.touch(facts.sender)
    accounts.nonces[sender] = facts.nonce + 1
    if (isExact) {
      multiplyInto(word, price.paid, facts.gasUsed)
      subtractWord(accounts.balancesView, sender * 32, word, 0)
    }
    if (facts.to >= 0 && !isZeroWord(list.view, VALUE_INDEX * 32)) {
      const to = accounts.touch(facts.to)
      if (receipt!.status === 1) {
        subtractWord(accounts.balancesView, sender * 32, list.view, VALUE_INDEX * 32)
        addWord(accounts.balancesView, to * 32, list.view, VALUE_INDEX * 32)
      }
    }
    this.#addLogs(facts)
    const { coinbase } = this.#dictionary
    if (coinbase < 0 || !isExact) return
    multiplyInto(word, price.earned, facts.gasUsed)
    const earner = accounts.touch(coinbase)
    addWord(accounts.balancesView, earner * 32, word, 0)
  }

  #priceOf(fees: FeeKind): Price {
    const known = this.#prices.get(fees)
    if (known !== undefined) return known
    const baseFee =
      this.#pricedFor === undefined ? 0n : toBigInt(this.#pricedFor.subarray(BASE_FEE_AT, BASE_FEE_AT + 32))
    const most = toBigInt(fees.most)
    const offered = baseFee + toBigInt(fees.tip)
    const paid = fees.type >= 2 && offered < most ? offered : most
    const price = { paid: minimalBytes(paid), earned: minimalBytes(paid > baseFee ? paid - baseFee : 0n) }
    this.#prices.set(fees, price)
    return price
  }

  #addLogs(facts: TransactionFacts): void {
    const { receipt, list, indexes } = facts
    const { patterns } = this.#dictionary
    const { logs, sources, ids } = receipt!
    if (patterns.size === 0) return
    let item = 0
    for (let log = 0; log < logs.length; log++) {
      const first = item
      const { topicCount, items } = logs[log]!
      item += items.length
      if (topicCount === 0) continue
      const contract = sources[first] === ITEM_CONSTANT ? ids[first]! : idAt(list.addressIds, indexes[first]!)
      const topic =
        sources[first + 1] === ITEM_CONSTANT ? ids[first + 1]! : idAt(list.wordIds, indexes[first + 1]!)
      if (contract < 0 || topic < 0) continue
      const pattern = patterns.get(patternKey(contract, topic, contract === facts.to))
      if (pattern === undefined) continue
      const place: LogItems = { first, topicCount, end: item, contract }
      for (const effect of pattern) this.#apply(effect, place, facts)
    }
  }

  /** Nothing where a source isn't there. */
  #apply(effect: Effect, log: LogItems, facts: TransactionFacts): void {
    const operand = sourceIndex(effect.operand, log, facts)
    if (operand < 0 && effect.operand !== SOURCE_ONE) return
    if (!this.#locate(effect, log, facts)) return
    const { slots } = this
    const place = slots.touch(this.#dictionary.addresses.view, log.contract * 20, this.#keyView)
    const at = place * 32
    const values = slots.valuesView
    const from = operand < 0 ? ONE : facts.list.view
    const fromAt = operand < 0 ? 0 : operand * 32
    if (effect.operation === OPERATION_ADD) addWord(values, at, from, fromAt)
    else if (effect.operation === OPERATION_SUBTRACT) subtractWord(values, at, from, fromAt)
    else if (effect.operation === OPERATION_SET) copyWord(values, at, from, fromAt)
    else if (effect.operation === OPERATION_SPEND && !isAllOnes(values, at))
      subtractWord(values, at, from, fromAt)
  }

  /** Leaves the slot's key in `#key`. */
  #locate({ depth, base, keys }: Effect, log: LogItems, facts: TransactionFacts): boolean {
    const { list } = facts
    if (depth === 0) {
      this.#key.set(base)
      return true
    }
    const outer = sourceIndex(keys[0]!, log, facts)
    const inner = depth === 2 ? sourceIndex(keys[1]!, log, facts) : 0
    if (outer < 0 || inner < 0) return false
    const key = { key: list.view, keyAt: outer * 32, id: list.addressIds[outer]! }
    if (depth === 1) this.#mappingKeys.slot(key, base, this.#key, this.#keyView)
    else {
      this.#mappingKeys.slot(key, base, this.#inner, this.#innerView)
      const innerKey = { key: list.view, keyAt: inner * 32, id: -1 }
      this.#mappingKeys.slot(innerKey, this.#inner, this.#key, this.#keyView)
    }
    return true
  }
}

/** Of a log: its items in the receipt's kind, address first, and its contract's number. */
type LogItems = { first: number; topicCount: number; end: number; contract: number }

const ONE: DataView = new DataView(new ArrayBuffer(32))
ONE.setUint8(31, 1)

/** Index in the list of the word that a source names; negative where there is none. */
function sourceIndex(
  source: number,
  { first, topicCount, end }: LogItems,
  { indexes, to }: TransactionFacts,
): number {
  if (source < 4) return source < topicCount ? indexes[first + 1 + source]! : NOTHING_LISTED
  if (source >= SOURCE_DATA) {
    const item = first + 1 + topicCount + source - SOURCE_DATA
    return item < end ? indexes[item]! : NOTHING_LISTED
  }
  if (source === SOURCE_ONE) return NOTHING_LISTED
  if (source === SOURCE_RECIPIENT) return to < 0 ? NOTHING_LISTED : 1
  return 0
}

function isAllOnes(word: DataView, at: number): boolean {
  for (let i = 0; i < 32; i += 4) if (word.getInt32(at + i) !== -1) return false
  return true
}
