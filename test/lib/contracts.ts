import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import type { Abi, Hex } from 'viem'

/** A contract ready to deploy. */
export type Artefact = { abi: Abi; bytecode: Hex }

/** The same with its runtime code; immutables are zero in it. */
export type Compiled = Artefact & { runtime: Hex }

type SolcContract = {
  abi: Abi
  evm: { bytecode: { object: string }; deployedBytecode: { object: string } }
}

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
  const artefact = compileSolidity({ [file]: readFileSync(join(sources, file), 'utf8') }).get(name)
  if (artefact === undefined) throw new Error(`${file} has no contract ${name}`)
  compiled.set(name, artefact)
  return artefact
}

/**
 * Compiles Solidity sources by file name with npm's solc, optimizer on; imports come from node_modules. Gives every
 * contract of these files by its name. `viaIr` takes the newer code generator.
 * Fails with the compiler's own messages.
 */
export function compileSolidity(
  files: Record<string, string>,
  { viaIr = false }: { viaIr?: boolean } = {},
): Map<string, Compiled> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(files).map(([file, content]) => [file, { content }])),
    settings: {
      evmVersion: 'prague',
      viaIR: viaIr,
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
  return new Map(
    Object.keys(files).flatMap((file) =>
      Object.entries(output.contracts[file] as Record<string, SolcContract>).map(([name, contract]) => [
        name,
        artefactOf(contract),
      ]),
    ),
  )
}

function artefactOf({ abi, evm }: SolcContract): Compiled {
  return { abi, bytecode: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}` }
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

/** Uniswap v3's factory and pool as published on npm (solc 0.7.6). The factory creates pools with immutables. */
export function uniswapV3(): Record<'factory' | 'pool', Artefact> {
  const contracts = '@uniswap/v3-core/artifacts/contracts'
  return {
    factory: published(`${contracts}/UniswapV3Factory.sol/UniswapV3Factory.json`),
    pool: published(`${contracts}/UniswapV3Pool.sol/UniswapV3Pool.json`),
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
