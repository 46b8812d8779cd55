import { ERROR_CODES, RpcError } from './errors.ts'

/**
 * Parses a request body.
 *
 * A number in a member `id` that a double can't hold exactly comes back as raw JSON, so that it is echoed digit for
 * digit.
 *
 * @throws RpcError -32700 for what isn't JSON, and for arrays and objects nested deeper than `maxDepth`: what follows
 * may walk the value recursively.
 */
export function parseJson(text: string, maxDepth: number): unknown {
  const depth = nestingDepth(text, maxDepth)
  if (depth > maxDepth) {
    throw new RpcError(ERROR_CODES.parseError, `parse error: JSON is nested deeper than ${maxDepth} levels`)
  }
  try {
    return hasInexactNumber(text) ? parseWithSource(text, keepExactId) : JSON.parse(text)
  } catch {
    throw new RpcError(ERROR_CODES.parseError, 'parse error')
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Deepest nesting in `text`, counted no further than `limit + 1`. Text that isn't JSON gives some number. */
function nestingDepth(text: string, limit: number): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      i = stringEnd(text, i)
      if (i < 0) return deepest
    } else if (code === 0x5b || code === 0x7b) {
      depth++
      if (depth > deepest) {
        deepest = depth
        if (deepest > limit) return deepest
      }
    } else if (code === 0x5d || code === 0x7d) {
      depth--
    }
  }
  return deepest
}

/** Where the string that opens at `start` closes, or -1. Jumps, because most of a request is one long hex string. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end >= 0) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}

/** Whether there may be a numeric id that a double would change: 16 digits, a fraction or an exponent. */
function hasInexactNumber(text: string): boolean {
  return /"id"\s*:\s*-?(?:\d{16}|\d+[.eE])/.test(text)
}

function keepExactId(this: unknown, key: string, value: unknown, context: { source?: string }): unknown {
  if (key !== 'id' || typeof value !== 'number' || context.source === undefined) return value
  return rawJson(context.source)
}

/** ES2025's view of JSON, with the source text of numbers; not in the type library in use. */
const parseWithSource: (text: string, reviver: typeof keepExactId) => unknown = JSON.parse as never
const rawJson: (source: string) => unknown = (JSON as unknown as { rawJSON: (source: string) => unknown })
  .rawJSON
