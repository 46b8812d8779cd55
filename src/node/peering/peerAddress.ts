/** `/ip4/10.0.0.1/tcp/9000/p2p/12D3…`; also `ip6`, and names as `dns`, `dns4`, `dns6`. Who is there is checked if it is said. */
const ADDRESS = /^\/(ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/\d{1,5}(\/p2p\/[1-9A-HJ-NP-Za-km-z]+)?$/

export function isPeerAddress(text: string): boolean {
  return ADDRESS.test(text)
}

/** @throws PeerAddressError */
export function checkPeerAddress(text: string): void {
  if (!isPeerAddress(text)) throw new PeerAddressError(text)
}

export class PeerAddressError extends Error {
  override readonly name = 'PeerAddressError'

  constructor(text: string) {
    super(`Not the address of a peer: ${text}\n  next: give one as /ip4/10.0.0.1/tcp/9000/p2p/12D3….`)
  }
}
