import { WeightedCache } from '../lib/index.ts'
import type { ChainView } from './ChainView.ts'
import { RawJson } from './RawJson.ts'
import type { ViewBlock } from './ViewBlock.ts'

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
  { view, texts }: { view: ChainView; texts: FinalTexts },
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

/** Logs of a part of a final block by their position in the block, as text: as {@link ofBlock} remembers others. */
export class FinalLogs {
  readonly #texts: FinalTexts
  readonly #name: string

  private constructor(texts: FinalTexts, name: string) {
    this.#texts = texts
    this.#name = name
  }

  /** Undefined where the block may still change, or nothing is remembered. */
  static of(
    { view, texts }: { view: ChainView; texts?: FinalTexts | undefined },
    { number, hash }: Pick<ViewBlock, 'number' | 'hash'>,
  ): FinalLogs | undefined {
    if (texts === undefined || number > view.durableNumber || hash === undefined) return undefined
    return new FinalLogs(texts, `${view.branch} ${number} log `)
  }

  get(logIndex: number): string | undefined {
    return this.#texts.get(this.#name + logIndex)?.text
  }

  set(logIndex: number, text: string): void {
    // In one piece: a text put together of others holds all of these.
    const whole = Buffer.from(text, 'latin1').toString('latin1')
    this.#texts.set(this.#name + logIndex, new RawJson(whole))
  }
}
