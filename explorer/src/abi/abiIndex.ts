import { type Abi, type AbiEvent, type AbiFunction, toEventSelector, toFunctionSelector } from 'viem'
import { formatAbiItem } from 'viem/utils'
import type { Hex } from '../lib/hex.ts'

type AbiError = Extract<Abi[number], { type: 'error' }>

type Index = { bySelector: ReadonlyMap<string, AbiFunction | AbiError>; byTopic: ReadonlyMap<Hex, AbiEvent> }

/** Selectors are hashes: computed once for each ABI, not for each row that is drawn. */
const indexes = new WeakMap<Abi, Index>()

export function itemBySelector(
  abi: Abi,
  type: 'function' | 'error',
  selector: Hex,
): AbiFunction | AbiError | undefined {
  return indexOf(abi).bySelector.get(`${type} ${selector}`)
}

/** Anonymous events have no topic of their own. */
export function itemByTopic(abi: Abi, topic: Hex): AbiEvent | undefined {
  return indexOf(abi).byTopic.get(topic)
}

function indexOf(abi: Abi): Index {
  const known = indexes.get(abi)
  if (known !== undefined) return known
  const bySelector = new Map<string, AbiFunction | AbiError>()
  const byTopic = new Map<Hex, AbiEvent>()
  for (const item of abi) {
    if (item.type === 'function' || item.type === 'error')
      bySelector.set(`${item.type} ${toFunctionSelector(formatAbiItem(item))}`, item)
    else if (item.type === 'event' && !('anonymous' in item && item.anonymous))
      byTopic.set(toEventSelector(item), item)
  }
  const index = { bySelector, byTopic }
  indexes.set(abi, index)
  return index
}
