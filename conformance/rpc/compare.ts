/**
 * Where two JSON values differ, as `path: expected …, received …`; undefined where they don't. An error's `message` counts
 * only where one side has none: clients word them differently (hive, simulator rpc-compat).
 */
export function firstDifference(expected: unknown, received: unknown, path = '$'): string | undefined {
  if (isTable(expected) && isTable(received)) return tableDifference(expected, received, path)
  if (Array.isArray(expected) && Array.isArray(received)) {
    if (expected.length !== received.length)
      return `${path}: expected ${expected.length} items, received ${received.length}`
    for (const [i, item] of expected.entries()) {
      const difference = firstDifference(item, received[i], `${path}[${i}]`)
      if (difference !== undefined) return difference
    }
    return undefined
  }
  return expected === received
    ? undefined
    : `${path}: expected ${short(expected)}, received ${short(received)}`
}

function tableDifference(
  expected: Record<string, unknown>,
  received: Record<string, unknown>,
  path: string,
): string | undefined {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(received)])) {
    if (!(key in received)) return `${path}: lacks ${key}, expected ${short(expected[key])}`
    if (!(key in expected)) return `${path}: has ${key} too, ${short(received[key])}`
    const [left, right] = [expected[key], received[key]]
    const isError = key === 'error' && hasMessage(left) && hasMessage(right)
    const difference = isError
      ? firstDifference(withoutMessage(left), withoutMessage(right), `${path}.${key}`)
      : firstDifference(left, right, `${path}.${key}`)
    if (difference !== undefined) return difference
  }
  return undefined
}

function hasMessage(value: unknown): value is Record<string, unknown> {
  return isTable(value) && 'message' in value
}

function withoutMessage({ message: _, ...rest }: Record<string, unknown>): unknown {
  return rest
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}
