import { randomUUID } from 'node:crypto'
import { FeedSourceError } from '../../feed/index.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../lib/index.ts'
import type { NatsClient } from './NatsClient.ts'

/** What a newcomer must know of the chain before its first entry. */
export type ChainInfo = { chainId: bigint; genesisHash: Uint8Array; signer: Uint8Array }

type FilePlace = { subject: string; from: number; bytes: number }

/** The newest message with the subject `….chain`, JSON. */
type Contents = {
  chainId: string
  genesisHash: string
  signer: string
  genesis: FilePlace
  snapshot?: FilePlace
}

/** Largest genesis: its accounts stand in the snapshot. */
const MAX_GENESIS_BYTES = 64 * 1024 * 1024
/** Both snapshots, the one that is there and the next, must fit; JetStream's -1 is without limit. */
const MAX_BYTES = -1

/** Genesis and newest snapshot of a chain, in a stream of JetStream beside that of the entries: cut into messages. */
export class NatsFiles {
  readonly #client: NatsClient
  readonly #stream: string
  readonly #prefix: string

  constructor(client: NatsClient, name: string) {
    this.#client = client
    this.#stream = `${name}-files`
    this.#prefix = `${name}.files`
  }

  async create(options: { replicas: number }): Promise<void> {
    const subject = `${this.#prefix}.>`
    await this.#client.createStream(this.#stream, { subject, maxBytes: MAX_BYTES, ...options })
  }

  /** Undefined: no publisher has been here. */
  async chain(): Promise<ChainInfo | undefined> {
    const contents = await this.#contents()
    if (contents === undefined) return undefined
    const { chainId, genesisHash, signer } = contents
    return { chainId: BigInt(chainId), genesisHash: hexToBytes(genesisHash), signer: hexToBytes(signer) }
  }

  async hasSnapshot(): Promise<boolean> {
    return (await this.#contents())?.snapshot !== undefined
  }

  async putChain({ chainId, genesisHash, signer }: ChainInfo, genesis: Uint8Array): Promise<void> {
    const place = await this.#put('genesis', [genesis])
    await this.#putContents({
      chainId: `${chainId}`,
      genesisHash: bytesToHex(genesisHash),
      signer: bytesToHex(signer),
      genesis: place,
    })
  }

  /** Takes the place of the one before, which goes when this is there. */
  async putSnapshot(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const place = await this.#put(`snapshot.${randomUUID()}`, pieces)
    const contents = await this.#needContents()
    await this.#putContents({ ...contents, snapshot: place })
    if (contents.snapshot !== undefined) await this.#client.purge(this.#stream, contents.snapshot.subject)
  }

  async genesis(): Promise<Uint8Array> {
    const { genesis } = await this.#needContents()
    if (genesis.bytes > MAX_GENESIS_BYTES)
      throw new FeedSourceError('LIMIT', `a genesis of ${genesis.bytes} bytes`)
    const pieces: Uint8Array[] = []
    for await (const piece of this.#pieces(genesis)) pieces.push(piece)
    return concatBytes(...pieces)
  }

  async *snapshot(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { snapshot } = await this.#needContents()
    if (snapshot === undefined) throw new FeedSourceError('NOT_OFFERED', 'no snapshot is in NATS yet')
    yield* this.#pieces(snapshot, signal)
  }

  async *#pieces(
    { subject, from, bytes }: FilePlace,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let left = bytes
    for await (const { data } of this.#client.read(this.#stream, { subject, from, signal })) {
      left -= data.length
      if (left < 0) throw new FeedSourceError('PROTOCOL', `${subject} in NATS is longer than was said`)
      yield data
      if (left === 0) return
    }
  }

  async #put(name: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<FilePlace> {
    const subject = `${this.#prefix}.${name}`
    const from = ((await this.#client.bounds(this.#stream))?.last ?? 0) + 1
    const pieceBytes = this.#client.maxMessageBytes
    let bytes = 0
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; at += pieceBytes)
        await this.#client.append(subject, piece.subarray(at, at + pieceBytes))
      bytes += piece.length
    }
    return { subject, from, bytes }
  }

  async #contents(): Promise<Contents | undefined> {
    const message = await this.#client.newest(this.#stream, `${this.#prefix}.chain`)
    return message === undefined
      ? undefined
      : (JSON.parse(new TextDecoder().decode(message.data)) as Contents)
  }

  async #needContents(): Promise<Contents> {
    const contents = await this.#contents()
    if (contents === undefined) throw new FeedSourceError('NOT_OFFERED', 'no chain is in NATS yet')
    return contents
  }

  async #putContents(contents: Contents): Promise<void> {
    await this.#client.append(`${this.#prefix}.chain`, new TextEncoder().encode(JSON.stringify(contents)))
  }
}
