import { signal } from '@preact/signals'
import { type Hex, isAddress } from '../lib/hex.ts'

/** One for each place that a page comes from: who answers there can't get around it by naming another chain. */
const KEY = `leveret.sequencer.${new URL('.', document.baseURI).pathname}`

/** The address whose signatures alone count in this browser; undefined: that of whomever the node names. */
export const pinnedSequencer = signal<Hex | undefined>(read())

export function pinSequencer(address: Hex | undefined): void {
  pinnedSequencer.value = address?.toLowerCase() as Hex | undefined
  try {
    if (address === undefined) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, pinnedSequencer.value!)
  } catch {
    // Without the browser's store it holds as long as the page.
  }
}

function read(): Hex | undefined {
  try {
    const kept = localStorage.getItem(KEY)
    return kept !== null && isAddress(kept) ? kept : undefined
  } catch {
    return undefined
  }
}
