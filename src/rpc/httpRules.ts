import type { RpcLimits } from './limits.ts'
import { originAllowed } from './origins.ts'

/** Media types of a JSON-RPC body (go-ethereum, rpc/http.go). */
export const JSON_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/json-rpc',
  'application/jsonrequest',
])

/** Of a content-type field: without its parameters, in lower case; empty for none. */
export function mediaType(contentType: string | undefined): string {
  return contentType?.replace(/;.*/s, '').trim().toLowerCase() ?? ''
}

/** Of a stream of transactions in which each comes with its sender. */
export const SENDERS_PATH = '/transactions?senders'

/** Whether a path is that of a stream of transactions (docs/bulk-intake.md). */
export function isStreamPath(path: string | undefined): boolean {
  return path === '/transactions' || path === SENDERS_PATH
}

/** Fields of the answer that let a page read it, or say that the answer would be another for another page. */
export function corsFields(origin: string | undefined, { corsOrigins }: RpcLimits): Record<string, string> {
  if (origin === undefined) return {}
  const allowed = corsOrigins.includes('*') ? '*' : origin
  return originAllowed(corsOrigins, origin)
    ? { vary: 'Origin', 'access-control-allow-origin': allowed }
    : { vary: 'Origin' }
}
