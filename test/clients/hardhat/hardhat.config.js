import { createRequire } from 'node:module'
import hardhatNetworkHelpers from '@nomicfoundation/hardhat-network-helpers'
import hardhatNodeTestRunner from '@nomicfoundation/hardhat-node-test-runner'
import hardhatViem from '@nomicfoundation/hardhat-viem'
import { defineConfig } from 'hardhat/config'

export default defineConfig({
  plugins: [hardhatViem, hardhatNetworkHelpers, hardhatNodeTestRunner],
  // The compiler of the package: Hardhat would download one.
  solidity: {
    version: '0.8.37',
    path: createRequire(import.meta.url).resolve('solc/soljson.js'),
  },
  networks: {
    leveret: {
      type: 'http',
      chainType: 'l1',
      url: process.env.RPC_URL,
      accounts: [process.env.PRIVATE_KEY],
    },
    // With the node's own accounts, and those that are impersonated.
    developer: { type: 'http', chainType: 'l1', url: process.env.RPC_URL },
  },
})
