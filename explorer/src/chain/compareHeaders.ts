import { effect } from '@preact/signals'
import { toQuantity } from '../lib/hex.ts'
import type { RpcBlock } from '../rpc/index.ts'
import { blocks } from './live.ts'
import { node } from './node.ts'
import { failVerification, verification } from './verification.ts'

/** While a chain is taken back, the page and the stream may have different blocks for a moment. */
const SETTLED_AFTER_MS = 1_500

/** Whether the blocks that the page is shown are those of the headers that were verified; called once. */
export function compareHeaders(): void {
  let isComparing = false
  effect(() => {
    const number = differing()
    if (number === undefined || isComparing) return
    isComparing = true
    setTimeout(() => {
      void confirm(number).finally(() => {
        isComparing = false
      })
    }, SETTLED_AFTER_MS)
  })
}

/** A block that is shown with another hash than its verified header has. */
function differing(): number | undefined {
  return blocks.value.find(({ number, hash }) => {
    const verified = hashOf(number)
    return hash !== null && verified !== undefined && verified !== hash
  })?.number
}

/** Of the verified header with this number, if there is one. */
function hashOf(number: number): string | undefined {
  const now = verification.value
  if (now.state !== 'verified') return undefined
  return now.headers.find((header) => header.number === number)?.hash
}

async function confirm(number: number): Promise<void> {
  const shown = await node.request<RpcBlock | null>('eth_getBlockByNumber', [toQuantity(number), false])
  const verified = hashOf(number)
  if (shown === null || shown.hash === null || verified === undefined || shown.hash === verified) return
  failVerification({
    code: 'SHOWN_OTHERWISE',
    message: `The node shows block ${number} with the hash ${shown.hash}, but signed is ${verified}`,
  })
}
