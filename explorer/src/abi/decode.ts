import {
  type Abi,
  type AbiFunction,
  type AbiParameter,
  decodeAbiParameters,
  decodeErrorResult,
  decodeEventLog,
  decodeFunctionData,
  getAbiItem,
} from 'viem'
import type { Hex } from '../lib/hex.ts'

export type NamedValue = { name: string; type: string; value: unknown; components?: readonly AbiParameter[] }

/** Something of an ABI, with its values. */
export type Decoded = { name: string; values: readonly NamedValue[] }

/** A function and its arguments; of the first ABI that knows its selector. */
export function decodeCall(abis: readonly Abi[], input: Hex): (Decoded & { item: AbiFunction }) | undefined {
  if (input.length < 10) return undefined
  return firstOf(abis, (abi) => {
    const { functionName, args = [] } = decodeFunctionData({ abi, data: input })
    // With overloads a name alone says too little: the selector has told viem which.
    const item = getAbiItem({ abi, name: input.slice(0, 10) as Hex }) as AbiFunction
    return { name: functionName, values: nameValues(item.inputs, args as readonly unknown[]), item }
  })
}

/** What a function has returned. */
export function decodeOutput(item: AbiFunction, output: Hex): readonly NamedValue[] | undefined {
  if (item.outputs.length === 0) return []
  try {
    return nameValues(item.outputs, decodeAbiParameters(item.outputs, output))
  } catch {
    return undefined
  }
}

export function decodeError(abis: readonly Abi[], data: Hex): Decoded | undefined {
  if (data.length < 10) return undefined
  return firstOf(abis, (abi) => {
    const { errorName, abiItem, args = [] } = decodeErrorResult({ abi, data })
    const inputs = 'inputs' in abiItem ? (abiItem.inputs as readonly AbiParameter[]) : []
    return { name: errorName, values: nameValues(inputs, args as readonly unknown[]) }
  })
}

export function decodeLog(
  abis: readonly Abi[],
  { topics, data }: { topics: readonly Hex[]; data: Hex },
): Decoded | undefined {
  const [topic] = topics
  if (topic === undefined) return undefined
  return firstOf(abis, (abi) => {
    const { eventName, args } = decodeEventLog({
      abi,
      topics: topics as [Hex, ...Hex[]],
      data,
      strict: true,
    }) as { eventName: string; args?: readonly unknown[] | Record<string, unknown> }
    const item = getAbiItem({ abi, name: topic }) as { inputs?: readonly AbiParameter[] } | undefined
    const inputs = item?.inputs ?? []
    const values = Array.isArray(args)
      ? args
      : inputs.map(({ name }) => (args as Record<string, unknown>)?.[name!])
    return { name: eventName, values: nameValues(inputs, values) }
  })
}

/** `transfer(address to, uint256 amount)`. */
export function signatureText({ name, inputs }: { name: string; inputs: readonly AbiParameter[] }): string {
  return `${name}(${inputs.map((input) => `${input.type}${input.name ? ` ${input.name}` : ''}`).join(', ')})`
}

function nameValues(parameters: readonly AbiParameter[], values: readonly unknown[]): NamedValue[] {
  return parameters.map((parameter, i) => ({
    name: parameter.name ?? '',
    type: parameter.type,
    value: values[i],
    ...('components' in parameter ? { components: parameter.components } : {}),
  }))
}

/** viem throws where an ABI doesn't fit. */
function firstOf<T>(abis: readonly Abi[], decode: (abi: Abi) => T): T | undefined {
  for (const abi of abis) {
    try {
      return decode(abi)
    } catch {}
  }
  return undefined
}
