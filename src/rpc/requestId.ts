import type { RpcError } from './errors.ts'
import { isObject } from './params.ts'

/** The id of a request as JSON; `null` for one that is missing or isn't a scalar. */
export function idOf(message: unknown): string {
  if (!isObject(message)) return 'null'
  const { id } = message
  if (typeof id === 'number') return String(id)
  if (typeof id === 'string' || typeof id === 'boolean') return JSON.stringify(id)
  return isRawJson(id) ? JSON.stringify(id) : 'null'
}

/** The answer to the request with this id that failed. */
export function errorText(id: string, { code, message, data }: RpcError): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message, data })}}`
}

/** ES2026; not in the type library in use. See parseJson.ts, which makes such ids. */
const isRawJson: (value: unknown) => boolean = (JSON as unknown as { isRawJSON: (value: unknown) => boolean })
  .isRawJSON
