import {
  type Abi,
  type AbiEvent,
  type AbiFunction,
  type AbiParameter,
  decodeAbiParameters,
  decodeEventLog,
} from 'viem'
import type { Hex } from '../lib/hex.ts'
import { itemBySelector, itemByTopic } from './abiIndex.ts'

export type NamedValue = { name: string; type: string; value: unknown; components?: readonly AbiParameter[] }

/** Something of an ABI, with its values. */
export type Decoded = { name: string; values: readonly NamedValue[] }

/** A function and its arguments; of the first ABI that knows its selector and fits. */
export function decodeCall(abis: readonly Abi[], input: Hex): (Decoded & { item: AbiFunction }) | undefined {
  return decodeBySelector(abis, input, 'function') as (Decoded & { item: AbiFunction }) | undefined
}

/** What the function of a call is called, whatever its arguments; of the first ABI that knows its selector. */
export function functionName(abis: readonly Abi[], input: Hex): string | undefined {
  const selector = input.slice(0, 10).toLowerCase() as Hex
  return firstOf(abis, (abi) => itemBySelector(abi, 'function', selector)?.name)
}

/** An error of a contract, or `Error` and `Panic` of Solidity, where an ABI has them. */
export function decodeError(abis: readonly Abi[], data: Hex): Decoded | undefined {
  return decodeBySelector(abis, data, 'error')
}

/** What can be said of an error that no ABI has; undefined where the data isn't one. */
export function unknownError(data: Hex): string | undefined {
  return data.length < 10 ? undefined : `custom error ${data.slice(0, 10)}`
}

function decodeBySelector(abis: readonly Abi[], data: Hex, type: 'function' | 'error') {
  if (data.length < 10) return undefined
  const selector = data.slice(0, 10).toLowerCase() as Hex
  return firstOf(abis, (abi) => {
    const item = itemBySelector(abi, type, selector)
    if (item === undefined) return undefined
    return { name: item.name, values: decodeValues(item.inputs, `0x${data.slice(10)}`), item }
  })
}

/** What a function has returned; undefined where that doesn't fit. */
export function decodeOutput(item: AbiFunction, output: Hex): readonly NamedValue[] | undefined {
  try {
    return decodeValues(item.outputs, output)
  } catch {
    return undefined
  }
}

export function decodeLog(
  abis: readonly Abi[],
  { topics, data }: { topics: readonly Hex[]; data: Hex },
): Decoded | undefined {
  const [topic] = topics
  if (topic === undefined) return undefined
  return firstOf(abis, (abi) => {
    const item = itemByTopic(abi, topic)
    return item && { name: item.name, values: decodeEvent(item, topics as [Hex, ...Hex[]], data) }
  })
}

function decodeEvent(item: AbiEvent, topics: [Hex, ...Hex[]], data: Hex): NamedValue[] {
  const { args } = decodeEventLog({ abi: [item], topics, data, strict: true }) as {
    args?: readonly unknown[] | Record<string, unknown>
  }
  const values = Array.isArray(args)
    ? args
    : item.inputs.map(({ name }) => (args as Record<string, unknown> | undefined)?.[name ?? ''])
  return nameValues(item.inputs, values)
}

/** `transfer(address to, uint256 amount)`. */
export function signatureText({ name, inputs }: { name: string; inputs: readonly AbiParameter[] }): string {
  return `${name}(${inputs.map((input) => `${input.type}${input.name ? ` ${input.name}` : ''}`).join(', ')})`
}

function decodeValues(parameters: readonly AbiParameter[], data: Hex): NamedValue[] {
  return parameters.length === 0 ? [] : nameValues(parameters, decodeAbiParameters(parameters, data))
}

function nameValues(parameters: readonly AbiParameter[], values: readonly unknown[]): NamedValue[] {
  return parameters.map((parameter, i) => ({
    name: parameter.name ?? '',
    type: parameter.type,
    value: values[i],
    ...('components' in parameter ? { components: parameter.components as readonly AbiParameter[] } : {}),
  }))
}

/** viem throws where the data doesn't fit an ABI. */
function firstOf<T>(abis: readonly Abi[], decode: (abi: Abi) => T | undefined): T | undefined {
  for (const abi of abis) {
    try {
      const decoded = decode(abi)
      if (decoded !== undefined) return decoded
    } catch {}
  }
  return undefined
}
