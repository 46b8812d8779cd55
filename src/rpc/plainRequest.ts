import { isStreamPath, JSON_TYPES, mediaType } from './httpRules.ts'
import type { RpcLimits } from './limits.ts'
import { hostAllowed } from './origins.ts'

/** What is known of a request by its head. */
export type PlainHead = {
  /** As received, with the empty line. */
  bytes: Buffer
  bodyBytes: number
  /** Origin of the page that calls, undefined for other callers. */
  origin: string | undefined
}

/** A longer head is unusual. */
const MAX_HEAD_BYTES = 4096
const HEAD_END = Buffer.from('\r\n\r\n')
const START = Buffer.from('POST /')

/**
 * A request line and field lines (RFC 9112, sections 3 and 5) without anything that parsers read differently: no folded
 * lines, no whitespace before a colon, no bare CR or LF, no bytes beyond ASCII.
 */
const HEAD = /^POST (\/[!-~]*) HTTP\/1\.1(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*)+$/

/** Fields that say how long a body is, who speaks next, or whom the request is for: once each, and these only. */
const SINGLE_FIELDS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'origin',
  'connection',
])
/** With one of these the body or the connection is another. */
const UNUSUAL_FIELDS: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'trailer',
  'te',
])

/**
 * Reads the head of a plain request, which begins at `bytes[at]`: a POST of JSON of a given length, on a connection that
 * stays, addressed to us. `unusual` is everything else, allowed or not; `incomplete` may become either.
 */
export function readPlainHead(
  bytes: Buffer,
  at: number,
  limits: RpcLimits,
): PlainHead | 'incomplete' | 'unusual' {
  const begun = Math.min(START.length, bytes.length - at)
  if (bytes.compare(START, 0, begun, at, at + begun) !== 0) return 'unusual'
  const headEnd = bytes.indexOf(HEAD_END, at)
  if (headEnd < 0) return bytes.length - at > MAX_HEAD_BYTES ? 'unusual' : 'incomplete'
  if (headEnd - at > MAX_HEAD_BYTES) return 'unusual'
  const text = bytes.toString('latin1', at, headEnd)
  const path = HEAD.exec(text)?.[1]
  const fields = path === undefined || isStreamPath(path) ? undefined : readFields(text)
  if (fields === undefined) return 'unusual'
  const bodyBytes = plainBodyBytes(fields, limits)
  if (bodyBytes === undefined) return 'unusual'
  const end = headEnd + HEAD_END.length
  return { bytes: Buffer.from(bytes.subarray(at, end)), bodyBytes, origin: fields.get('origin') }
}

/** The fields of {@link SINGLE_FIELDS} by name; undefined for a head that is unusual. */
function readFields(head: string): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (UNUSUAL_FIELDS.has(name)) return undefined
    if (!SINGLE_FIELDS.has(name)) continue
    if (fields.has(name)) return undefined
    fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

/** Bytes of the body; undefined for a head that is unusual. */
function plainBodyBytes(fields: ReadonlyMap<string, string>, limits: RpcLimits): number | undefined {
  const host = fields.get('host')
  const length = fields.get('content-length')
  const connection = fields.get('connection')?.toLowerCase() ?? 'keep-alive'
  if (host === undefined || length === undefined || !/^\d{1,9}$/.test(length)) return undefined
  if (connection !== 'keep-alive' || !hostAllowed(limits.virtualHosts, host)) return undefined
  if (!JSON_TYPES.has(mediaType(fields.get('content-type')))) return undefined
  return Number(length) > limits.maxBodyBytes ? undefined : Number(length)
}
