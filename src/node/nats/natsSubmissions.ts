import type { NatsConnection } from '@nats-io/transport-node'
import { type FeedSource, FeedSourceError, type SubmitAnswer } from '../../feed/index.ts'
import { ByteReader, ByteWriter, bytesToHex, hexToBytes } from '../../lib/index.ts'

type AnswerJson = { hash: string; expectedNonce?: string } | { code: string; message: string }

const ANSWER_TIMEOUT_MS = 10_000
/** Requests whose answers are under way; others are answered by LIMIT. */
const MAX_REQUESTS = 256
/** Of one request. */
const MAX_TRANSACTIONS = 1024

/** Answers whoever hands over transactions on a subject, until the connection closes. */
export async function serveSubmissions(
  connection: NatsConnection,
  { subject, source }: { subject: string; source: FeedSource },
): Promise<void> {
  let underWay = 0
  // One of several publishers has each.
  for await (const message of connection.subscribe(subject, { queue: 'publishers' })) {
    if (underWay >= MAX_REQUESTS) {
      message.respond(encodeAnswers([{ code: 'LIMIT', message: 'too many transactions are under way' }]))
      continue
    }
    underWay++
    void answer(source, message.data).then((answers) => {
      underWay--
      message.respond(encodeAnswers(answers))
    })
  }
}

async function answer(source: FeedSource, request: Uint8Array): Promise<SubmitAnswer[]> {
  try {
    return await source.submit(decodeTransactions(request))
  } catch (error) {
    const { code = 'FAILED', message } = error as { code?: string; message: string }
    return [{ code, message }]
  }
}

/** Hands transactions over, and gives the answers in order. */
export async function submitOver(
  connection: NatsConnection,
  { subject, raw }: { subject: string; raw: readonly Uint8Array[] },
): Promise<SubmitAnswer[]> {
  const answers: SubmitAnswer[] = []
  for (const batch of batchesOf(raw, connection.info!.max_payload)) {
    const reply = await connection
      .request(subject, encodeTransactions(batch), { timeout: ANSWER_TIMEOUT_MS })
      .catch((error: Error) => {
        throw new FeedSourceError('NOT_OFFERED', `NATS has no way to the sequencer: ${error.message}`)
      })
    const some = decodeAnswers(reply.data)
    // One answer may stand for all.
    if (some.length !== 1 && some.length !== batch.length)
      throw new FeedSourceError('PROTOCOL', `${some.length} answers for ${batch.length} transactions`)
    answers.push(...batch.map((_, i) => some[some.length === 1 ? 0 : i]!))
  }
  return answers
}

function batchesOf(raw: readonly Uint8Array[], maxBytes: number): Uint8Array[][] {
  const batches: Uint8Array[][] = []
  let room = 0
  for (const transaction of raw) {
    const bytes = transaction.length + 4
    if (bytes > maxBytes)
      throw new FeedSourceError(
        'LIMIT',
        `a transaction of ${transaction.length} bytes; NATS takes ${maxBytes}`,
      )
    const isFull = room < bytes || batches.at(-1)!.length === MAX_TRANSACTIONS
    if (isFull) {
      batches.push([])
      room = maxBytes
    }
    batches.at(-1)!.push(transaction)
    room -= bytes
  }
  return batches
}

function encodeTransactions(raw: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter()
  for (const transaction of raw) writer.sized(transaction)
  return writer.take()
}

function decodeTransactions(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes)
  const raw: Uint8Array[] = []
  while (reader.left > 0) {
    raw.push(reader.sized())
    if (reader.isShort || raw.length > MAX_TRANSACTIONS)
      throw new FeedSourceError('PROTOCOL', 'a request that holds no transactions, or too many')
  }
  return raw
}

function encodeAnswers(answers: readonly SubmitAnswer[]): Uint8Array {
  const json = answers.map((each): AnswerJson => {
    if (!('hash' in each)) return each
    const hash = bytesToHex(each.hash)
    return each.expectedNonce === undefined ? { hash } : { hash, expectedNonce: `${each.expectedNonce}` }
  })
  return new TextEncoder().encode(JSON.stringify(json))
}

function decodeAnswers(bytes: Uint8Array): SubmitAnswer[] {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as AnswerJson[]
  return json.map((each) => {
    if (!('hash' in each)) return each
    const hash = hexToBytes(each.hash)
    return each.expectedNonce === undefined ? { hash } : { hash, expectedNonce: BigInt(each.expectedNonce) }
  })
}
