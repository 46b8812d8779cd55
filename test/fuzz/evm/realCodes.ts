import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hexToBytes } from '../../../src/lib/index.ts'

const PACKAGES = join(import.meta.dirname, '../../../node_modules')
/** What compilers made of contracts that are in use: old and new solc, with and without its optimizer's tricks. */
const FILES = [
  '@uniswap/v2-core/build/UniswapV2Pair.json',
  '@uniswap/v2-core/build/UniswapV2Factory.json',
  '@uniswap/v2-periphery/build/UniswapV2Router02.json',
  '@uniswap/v2-periphery/build/WETH9.json',
  '@openzeppelin/contracts/build/contracts/AccessManager.json',
  '@openzeppelin/contracts/build/contracts/CrosschainRemoteExecutor.json',
  '@openzeppelin/contracts/build/contracts/ERC2771Forwarder.json',
  '@openzeppelin/contracts/build/contracts/ERC6909.json',
  '@openzeppelin/contracts/build/contracts/ERC6909TokenSupply.json',
  '@openzeppelin/contracts/build/contracts/ERC7913P256Verifier.json',
  '@openzeppelin/contracts/build/contracts/ERC7913RSAVerifier.json',
  '@openzeppelin/contracts/build/contracts/ERC7913WebAuthnVerifier.json',
  '@openzeppelin/contracts/build/contracts/TimelockController.json',
  '@openzeppelin/contracts/build/contracts/TransparentUpgradeableProxy.json',
  '@openzeppelin/contracts/build/contracts/VestingWallet.json',
]

let codes: Uint8Array[] | undefined

/** Runtime codes of published contracts; their immutables are zero. */
export function realCodes(): readonly Uint8Array[] {
  codes ??= FILES.map(readCode)
  return codes
}

type Artefact = { deployedBytecode?: string; evm?: { deployedBytecode: { object: string } } }

function readCode(file: string): Uint8Array {
  const { evm, deployedBytecode } = JSON.parse(readFileSync(join(PACKAGES, file), 'utf8')) as Artefact
  const text = evm?.deployedBytecode.object ?? deployedBytecode ?? ''
  return hexToBytes(text.startsWith('0x') ? text : `0x${text}`)
}

/** What a code compares the first four bytes of its call data with. */
export function selectorsOf(code: Uint8Array): number[] {
  const selectors: number[] = []
  for (let at = 0; at + 5 < code.length; at++) {
    // PUSH4 selector EQ, or DUP and SWAP around it.
    if (code[at] === 0x63 && (code[at + 5] === 0x14 || code[at + 6] === 0x14))
      selectors.push(new DataView(code.buffer, code.byteOffset).getUint32(at + 1))
  }
  return selectors
}
