import type { AbiParameter } from 'viem'

/** A decoded value as text: integers in decimal, lists and tuples in brackets, with names where there are some. */
export function showValue(value: unknown, components?: readonly AbiParameter[]): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  if (Array.isArray(value)) return `[${value.map((item) => showNested(item, components)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => {
      const inner = components?.find((component) => component.name === name)
      return `${name}: ${showNested(member, membersOf(inner))}`
    })
    return `{ ${members.join(', ')} }`
  }
  return '–'
}

/** A string among others stands in quotes, unless it is hexadecimal. */
function showNested(value: unknown, components?: readonly AbiParameter[]): string {
  if (typeof value === 'string' && !/^0x[0-9a-f]*$/i.test(value)) return JSON.stringify(value)
  return showValue(value, components)
}

function membersOf(parameter: AbiParameter | undefined): readonly AbiParameter[] | undefined {
  return parameter !== undefined && 'components' in parameter ? parameter.components : undefined
}
