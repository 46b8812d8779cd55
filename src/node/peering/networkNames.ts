import { bytesToHex } from '../../lib/index.ts'

/** The feed's session, for who doesn't know the chain yet: it is checked by the hello. */
export const ANY_FEED_PROTOCOL = '/leveret/feed/1'

/** What peers of one chain call their protocols: those of other chains don't find each other. */
export type NetworkNames = { feed: string; table: string; heads: string }

export function networkNames(genesisHash: Uint8Array): NetworkNames {
  const chain = bytesToHex(genesisHash.subarray(0, 8)).slice(2)
  return {
    feed: `${ANY_FEED_PROTOCOL}/${chain}`,
    table: `/leveret/kad/1/${chain}`,
    heads: `/leveret/head/1/${chain}`,
  }
}
