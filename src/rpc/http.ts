import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { Connection } from './Connection.ts'
import { corsFields, isStreamPath, JSON_TYPES, mediaType, SENDERS_PATH } from './httpRules.ts'
import { LongText } from './LongText.ts'
import { hostAllowed } from './origins.ts'
import { IDLE_S } from './PlainConnection.ts'
import type { RpcServer } from './RpcServer.ts'
import { asksForFile, hasBody, type Site, sendFile } from './site.ts'
import { TransactionStream } from './TransactionStream.ts'

/**
 * Handles the requests of a node:http server: JSON-RPC in the body of a POST, transactions in binary in that of one to
 * /transactions, CORS preflight for OPTIONS, an empty 200 for a bare GET (health checks). Status codes and texts are go-ethereum's (rpc/http.go, node/rpcstack.go).
 *
 * @param site - Files that GET and HEAD are answered with; none: see above.
 */
export function createHttpHandler(
  server: RpcServer,
  site?: Site,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { virtualHosts } = server.limits
    if (site !== undefined && asksForFile(request) && hostAllowed(virtualHosts, request.headers.host))
      return sendFile(site, request, response)
    const refusal = refuseByHeaders(server, request)
    if (refusal !== undefined) return refuse(server, request, response, refusal)
    if (request.method === 'OPTIONS') return answerPreflight(server, request, response)
    if (request.method === 'GET') return send(server, request, response, 200, '')
    if (isTransactionStream(request)) return takeTransactions(server, request, response)
    readBody(server, request, response)
  }
}

/**
 * Options of the server: a stream of transactions has no end, so node:http's limit on the time of a request is off, and
 * JSON-RPC's bodies have {@link BODY_TIMEOUT_MS}. Connections stay as long as plain ones: where they end after node:http's
 * five seconds, a busy client sends its next request into one that is being closed.
 */
export const HTTP_SERVER_OPTIONS: ServerOptions = {
  ...{ requestTimeout: 0, headersTimeout: 60_000 },
  keepAliveTimeout: 1000 * IDLE_S,
}

/** How long the body of a JSON-RPC request may take. */
const BODY_TIMEOUT_MS = 300_000

type Refusal = { status: number; text: string }

function refuseByHeaders(server: RpcServer, request: IncomingMessage): Refusal | undefined {
  const { limits } = server
  const { headers, method } = request
  if (!hostAllowed(limits.virtualHosts, headers.host)) return { status: 403, text: 'invalid host specified' }
  if (method === 'OPTIONS') return undefined
  if (method === 'GET' && (request.url === '/' || request.url === '') && !hasBody(headers)) return undefined
  if (method !== 'POST') return { status: 405, text: 'method not allowed' }
  if (isTransactionStream(request)) return undefined
  const length = Number(headers['content-length'] ?? 0)
  if (length > limits.maxBodyBytes) {
    return { status: 413, text: `content length too large (${length}>${limits.maxBodyBytes})` }
  }
  if (!JSON_TYPES.has(mediaType(headers['content-type']))) {
    return { status: 415, text: 'invalid content type, only application/json is supported' }
  }
  return undefined
}

function isTransactionStream({ url, headers }: IncomingMessage): boolean {
  return isStreamPath(url) && mediaType(headers['content-type']) === BINARY
}

const BINARY = 'application/octet-stream'
const JSON_TYPE = 'application/json'

function readBody(server: RpcServer, request: IncomingMessage, response: ServerResponse): void {
  const { maxBodyBytes } = server.limits
  const chunks: Buffer[] = []
  let length = 0
  const onData = (chunk: Buffer): void => {
    length += chunk.length
    chunks.push(chunk)
    if (length <= maxBodyBytes) return
    request.off('data', onData)
    request.off('end', onEnd)
    refuse(server, request, response, {
      status: 413,
      text: `content length too large (more than ${maxBodyBytes})`,
    })
  }
  const timeout = setTimeout(() => request.destroy(), BODY_TIMEOUT_MS)
  const onEnd = (): void => void answerBody(server, request, response, chunks)
  request.on('data', onData)
  request.on('end', onEnd)
  request.on('close', () => clearTimeout(timeout))
  // A client that goes away in the middle leaves nothing to answer.
  request.on('error', () => response.destroy())
}

/** See TransactionStream.ts. The answer begins with the first transaction's, while the request goes on. */
function takeTransactions(server: RpcServer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': BINARY, ...corsOf(server, request) })
  response.flushHeaders()
  const stream = new TransactionStream({
    intake: server.intake,
    limits: server.limits,
    sink: { write: (bytes) => response.write(bytes), end: () => response.end() },
    onRoom: () => request.resume(),
    hasSenders: request.url === SENDERS_PATH,
  })
  let discarded = 0
  request.on('data', (chunk: Buffer) => {
    stream.push(chunk)
    if (stream.hasFailed) {
      // A client that is still sending would see a reset connection instead of the answer.
      discarded += chunk.length
      if (discarded > MAX_DISCARDED_BYTES) request.destroy()
    } else if (!stream.wantsMore) request.pause()
  })
  request.on('end', () => stream.end())
  request.on('error', () => response.destroy())
  response.on('drain', () => stream.resume())
  server.stats.transactionStreams++
  response.on('close', () => {
    server.stats.transactionStreams--
    stream.abandon()
  })
}

async function answerBody(
  server: RpcServer,
  request: IncomingMessage,
  response: ServerResponse,
  chunks: Buffer[],
): Promise<void> {
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  const answer = await server.answer(body, new Connection())
  if (answer instanceof LongText) sendLong(server, request, response, answer)
  else send(server, request, response, 200, answer ?? '')
}

/** As fast as the client reads. */
function sendLong(
  server: RpcServer,
  request: IncomingMessage,
  response: ServerResponse,
  answer: LongText,
): void {
  const length = String(answer.byteLength)
  response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': length, ...corsOf(server, request) })
  // A client that goes away in the middle leaves nothing to send.
  pipeline(Readable.from(answer.pieces), response, () => {})
}

function send(
  server: RpcServer,
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  contentType = JSON_TYPE,
): void {
  if (response.destroyed) return
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(text)),
    ...corsOf(server, request),
  })
  response.end(text)
}

/**
 * Refuses once the body has been read to its end, and thrown away: a client that is still sending would see a reset
 * connection instead of the answer.
 */
function refuse(
  server: RpcServer,
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
): void {
  const answer = (): void => {
    if (!response.headersSent) send(server, request, response, refusal.status, `${refusal.text}\n`, TEXT)
  }
  let discarded = 0
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length
    if (discarded <= MAX_DISCARDED_BYTES) return
    answer()
    request.destroy()
  })
  request.on('end', answer)
  request.on('error', () => response.destroy())
}

const TEXT = 'text/plain; charset=utf-8'

const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

function answerPreflight(server: RpcServer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'POST, GET',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '600',
    ...corsOf(server, request),
  })
  response.end()
}

function corsOf({ limits }: RpcServer, { headers }: IncomingMessage): Record<string, string> {
  return corsFields(headers.origin, limits)
}
