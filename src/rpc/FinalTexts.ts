import type { ViewBlock } from './ChainView.ts'
import type { RpcContext } from './method.ts'
import { RawJson } from './RawJson.ts'

/** A text that takes a larger part of the memory is not kept. */
const LARGEST_PART = 16

/** Answers that never change again, as text: those that were used last, of so many characters in all. */
export class FinalTexts {
  readonly #maxCharacters: number
  /** A Map iterates in order of insertion: the one used longest ago comes first. */
  readonly #texts = new Map<string, RawJson>()
  #characters = 0

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters
  }

  get(key: string): RawJson | undefined {
    const known = this.#texts.get(key)
    if (known === undefined) return undefined
    this.#texts.delete(key)
    this.#texts.set(key, known)
    return known
  }

  set(key: string, text: RawJson): void {
    const { length } = text.text
    if (length > this.#maxCharacters / LARGEST_PART) return
    this.#texts.set(key, text)
    this.#characters += length
    for (const [oldest, { text: forgotten }] of this.#texts) {
      if (this.#characters <= this.#maxCharacters) return
      this.#texts.delete(oldest)
      this.#characters -= forgotten.length
    }
  }
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
  const name = `${block.number} ${key}`
  const known = texts.get(name)
  if (known !== undefined) return known
  const text = new RawJson(JSON.stringify(make()))
  texts.set(name, text)
  return text
}
