import { type Abi, parseAbi } from 'viem'
import { type Hex, isData } from '../lib/hex.ts'

/** What a compiler says of a contract. */
export type Artifact = { name: string | undefined; abi: Abi; bytecode: Hex | undefined }

export type ArtifactResult = { ok: true; artifact: Artifact } | { ok: false; reason: string }

/** Longer texts are refused: the page would stand still. */
export const MAX_ARTIFACT_CHARACTERS = 8_000_000

/**
 * Reads what is pasted or dropped: an ABI in JSON, an artifact of Hardhat, Foundry, solc or Truffle, or signatures as
 * Solidity writes them, one a line.
 */
export function parseArtifact(text: string): ArtifactResult {
  const trimmed = text.trim()
  if (trimmed === '') return refuse('There is nothing to read yet.')
  if (trimmed.length > MAX_ARTIFACT_CHARACTERS) return refuse('That is too long for a contract.')
  return /^[[{"]/.test(trimmed) ? parseJson(trimmed) : parseSignatures(trimmed)
}

function parseJson(text: string): ArtifactResult {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return refuse(`That is no JSON: ${(error as Error).message}`)
  }
  if (Array.isArray(json)) return artifactOf({ abi: json })
  if (typeof json !== 'object' || json === null) return refuse('Expected an ABI or an artifact.')
  return artifactOf(json as Record<string, unknown>)
}

function artifactOf(json: Record<string, unknown>): ArtifactResult {
  const { abi } = json
  if (!Array.isArray(abi)) return refuse('There is no member "abi" in it.')
  const wrong = abi.findIndex((item) => !isAbiItem(item))
  if (wrong >= 0) return refuse(`Item ${wrong} of the ABI has no type, or inputs that are no list.`)
  const name = typeof json.contractName === 'string' ? json.contractName : nameFromMetadata(json)
  const code = bytecodeOf(json)
  if (code !== undefined && !isData(code))
    return refuse('Its bytecode is not hexadecimal: libraries may have to be linked first.')
  return { ok: true, artifact: { name, abi: abi as Abi, bytecode: code === '0x' ? undefined : code } }
}

const ITEM_TYPES = new Set(['function', 'event', 'error', 'constructor', 'fallback', 'receive'])

function isAbiItem(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false
  const { type, inputs = [], outputs = [] } = item as Record<string, unknown>
  return ITEM_TYPES.has(type as string) && Array.isArray(inputs) && Array.isArray(outputs)
}

/** `bytecode` is text (Hardhat, Truffle) or an object (Foundry); solc has it under `evm`. */
function bytecodeOf({ bytecode, evm }: Record<string, unknown>): string | undefined {
  const given = bytecode ?? (evm as Record<string, unknown> | undefined)?.bytecode
  const code = typeof given === 'object' && given !== null ? (given as { object?: unknown }).object : given
  if (typeof code !== 'string' || code === '') return undefined
  return code.startsWith('0x') ? code : `0x${code}`
}

/** Foundry's artifacts have the contract's name in the metadata of the compiler. */
function nameFromMetadata({ metadata }: Record<string, unknown>): string | undefined {
  const parsed = metadata as { settings?: { compilationTarget?: Record<string, string> } } | undefined
  const target = parsed?.settings?.compilationTarget
  return target === undefined ? undefined : Object.values(target)[0]
}

function parseSignatures(text: string): ArtifactResult {
  const lines = text
    .split('\n')
    .map((line) => line.trim().replace(/;$/, ''))
    .filter((line) => line !== '')
  try {
    return { ok: true, artifact: { name: undefined, abi: parseAbi(lines) as Abi, bytecode: undefined } }
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n')
    return refuse(`Neither JSON nor signatures: ${reason}`)
  }
}

function refuse(reason: string): ArtifactResult {
  return { ok: false, reason }
}
