import { createConfig } from 'ponder'
import { erc20Abi, type Hex, http } from 'viem'

export default createConfig({
  database: { kind: 'pglite', directory: 'memory://' },
  networks: {
    leveret: { chainId: 31337, transport: http(process.env.RPC_URL), pollingInterval: 100 },
  },
  contracts: {
    Token: { abi: erc20Abi, network: 'leveret', address: process.env.TOKEN as Hex, startBlock: 0 },
  },
})
