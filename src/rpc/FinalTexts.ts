import { WeightedCache } from '../lib/index.ts'
import type { ViewBlock } from './ChainView.ts'
import type { RpcContext } from './method.ts'
import { RawJson } from './RawJson.ts'

/** Answers that never change again, as text. */
export type FinalTexts = WeightedCache<string, RawJson>

/** What remembering a text takes, besides its characters. */
const ENTRY_BYTES = 256

/** Those that were used last, of so many bytes in all. */
export function newFinalTexts(maxBytes: number): FinalTexts {
  return new WeightedCache(maxBytes, ({ text }) => text.length + ENTRY_BYTES)
}

/**
 * What `make` gives for a block or something in it, remembered once it is final: when the block is sealed and the log
 * durable up to it, nothing of it changes, what is promised of its transactions included.
 *
 * @param key - tells it from all else that is made of that block.
 */
export function ofBlock(
  { view, texts }: Pick<RpcContext, 'view' | 'texts'>,
  block: ViewBlock,
  key: string,
  make: () => unknown,
): unknown {
  if (block.number > view.durableNumber || block.hash === undefined) return make()
  const name = `${view.branch} ${block.number} ${key}`
  const known = texts.get(name)
  if (known !== undefined) return known
  const text = new RawJson(JSON.stringify(make()))
  texts.set(name, text)
  return text
}
