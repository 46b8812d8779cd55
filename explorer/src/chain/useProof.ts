import { useRef } from 'preact/hooks'
import type { VerifiedAccount } from '../../../src/client/index.ts'
import type { Hex } from '../lib/hex.ts'
import { type Query, useQuery } from './useQuery.ts'
import { newestHeader, proveAccount } from './verification.ts'

type Shown = {
  /** Changes when what the page shows of the account does. */
  version: string
  /** Whether that is what is proven. */
  isProven: (proven: VerifiedAccount) => boolean
}

/**
 * An account with some of its slots, proven in this browser after a block whose header it has verified. While that is
 * something else than what is shown, it is asked for after each further block: what is shown may be newer.
 */
export function useProof(
  address: Hex,
  keys: readonly Hex[],
  { version, isProven }: Shown,
): Query<VerifiedAccount> {
  const isSettled = useRef(false)
  const query = useQuery(
    `proof ${address} ${keys}`,
    () => proveAccount(address, keys),
    isSettled.current ? version : `${version} ${newestHeader.value}`,
  )
  isSettled.current = query.state === 'ready' && isProven(query.data)
  return query
}
