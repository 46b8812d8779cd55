import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

/** A file of the explorer's page, as it is sent. */
export type SiteFile = {
  bytes: Uint8Array
  contentType: string
  /** With its quotes (RFC 9110, section 8.8.3). */
  etag: string
  /** Its name changes with its content, so that nobody needs to ask for it again. */
  isImmutable: boolean
}

/** The files by their path in the URL, `/` for the page itself; undefined for what isn't one of them. */
export type Site = (path: string) => SiteFile | undefined

/**
 * The page may load and ask its own origin only: no other host, nothing inline, in no frame. `connect-src 'self'` holds
 * WebSockets of the same host and port too (CSP 3, section 6.7.2.8).
 * What checks the feed has kernels in WebAssembly, which run nothing that the page hasn't loaded.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const SECURITY_FIELDS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Whether a request asks for a file and for nothing else. */
export function asksForFile({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && !hasBody(headers)
}

export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Answers a GET or HEAD: 200 with the file, 304 to who has it, 404. A query behind the path is ignored. */
export function sendFile(site: Site, request: IncomingMessage, response: ServerResponse): void {
  const file = site(request.url?.replace(/\?.*/s, '') || '/')
  if (file === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', ...SECURITY_FIELDS })
    response.end('not found\n')
    return
  }
  const { bytes, contentType, etag, isImmutable } = file
  const fields = {
    etag,
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...SECURITY_FIELDS,
  }
  if (hasIt(request.headers['if-none-match'], etag)) {
    response.writeHead(304, fields)
    response.end()
    return
  }
  response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.length, ...fields })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** If-None-Match compares weakly (RFC 9110, section 13.1.2). */
function hasIt(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? []
  return known.includes(etag) || known.includes('*')
}
