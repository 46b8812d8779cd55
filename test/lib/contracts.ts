import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import type { Abi, Hex } from 'viem'

/** A contract ready to deploy. */
export type Artefact = { abi: Abi; bytecode: Hex }

type Compiled = Artefact & { runtime: Hex }

const require = createRequire(import.meta.url)
const root = resolve(import.meta.dirname, '../..')
const sources = join(root, 'test/contracts')
const compiled = new Map<string, Compiled>()

/**
 * Compiles `test/contracts/NAME.sol` with npm's solc, optimizer on; once per run.
 * Fails with the compiler's own messages.
 */
export function compile(name: string): Artefact {
  return compileAll(name)
}

/** Runtime code of the same, for a genesis; immutables are zero. */
export function deployedCode(name: string): Hex {
  return compileAll(name).runtime
}

function compileAll(name: string): Compiled {
  const known = compiled.get(name)
  if (known) return known
  const file = `${name}.sol`
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: readFileSync(join(sources, file), 'utf8') } },
    settings: {
      evmVersion: 'prague',
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }
  const solc = require('solc') as { compile(input: string, callbacks: object): string }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }))
  const errors = (output.errors ?? []).filter((error: { severity: string }) => error.severity === 'error')
  if (errors.length > 0) {
    throw new Error(errors.map((error: { formattedMessage: string }) => error.formattedMessage).join('\n'))
  }
  const contract = output.contracts[file][name]
  const { bytecode, deployedBytecode } = contract.evm
  const artefact: Compiled = {
    abi: contract.abi as Abi,
    bytecode: `0x${bytecode.object}`,
    runtime: `0x${deployedBytecode.object}`,
  }
  compiled.set(name, artefact)
  return artefact
}

/**
 * Uniswap v2 as published on npm (solc 0.5.16 and 0.6.6). The router computes pair addresses from the hash of exactly
 * this pair bytecode, so it must not be compiled again.
 */
export function uniswapV2(): Record<'factory' | 'pair' | 'router' | 'weth', Artefact> {
  return {
    factory: published('@uniswap/v2-core/build/UniswapV2Factory.json'),
    pair: published('@uniswap/v2-core/build/UniswapV2Pair.json'),
    router: published('@uniswap/v2-periphery/build/UniswapV2Router02.json'),
    weth: published('@uniswap/v2-periphery/build/WETH9.json'),
  }
}

function published(path: string): Artefact {
  const { abi, bytecode } = require(path) as { abi: Abi; bytecode: string }
  return { abi, bytecode: bytecode.startsWith('0x') ? (bytecode as Hex) : `0x${bytecode}` }
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(join(root, 'node_modules', path), 'utf8') }
  } catch (error) {
    return { error: String(error) }
  }
}
