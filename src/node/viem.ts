/**
 * The local chain as viem describes chains; of viem's type `Chain` without importing it.
 *
 * `experimental_preconfirmationTime` is the mini-blocks' interval: clients read `pending`, which is the newest executed
 * step, and ask for receipts so often. `blockTime` is the shortest that there may be: so nobody answers with a block
 * number remembered for seconds, and watchers tell of every block that came between two looks.
 */
export const leveret = {
  id: 31337,
  name: 'Leveret',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: ['http://127.0.0.1:8545'], webSocket: ['ws://127.0.0.1:8545'] } },
  blockTime: 10,
  experimental_preconfirmationTime: 10,
  testnet: true,
} as const
