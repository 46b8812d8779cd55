import { bytesToHex, equalBytes } from '../lib/index.ts'
import type { Verified, VerifiedBlock, VerifiedMiniBlock } from './BlockCheck.ts'
import { batchesOf } from './batches.ts'
import { FollowError, type FollowErrorCode } from './FollowError.ts'
import {
  connectFeed,
  type FeedDuplex,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  watchFeed,
} from './feed.ts'
import { StreamCheck } from './StreamCheck.ts'
import { type Hex, type Request, type VerifiedAccount, verifyAccount } from './verifyAccount.ts'

/** `following`: entries come, or the newest is there; `connecting`: at first, and again whenever the connection is lost. */
export type FollowerStatus = 'connecting' | 'following'

export type FollowerEvents = {
  status: FollowerStatus
  miniBlock: VerifiedMiniBlock
  block: VerifiedBlock
  /** The chain was taken back to this block. */
  rewind: { blockNumber: bigint }
  /** Something doesn't hold: the follower has ended. */
  failed: FollowError
}

type Listener<Name extends keyof FollowerEvents> = (event: FollowerEvents[Name]) => void

export type FollowerParts = {
  openFeed: () => Promise<FeedDuplex>
  request: Request
  /** 20 bytes; undefined: whoever the node first names. */
  sequencer: Uint8Array | undefined
}

/** How long entries are checked before others have their turn. */
const TURN_MS = 20
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 5_000

/** What a node's connection or its age explains: it is asked again. */
const PASSING: ReadonlySet<FollowErrorCode> = new Set(['UNREACHABLE'])

/** Follows the feed of one node, checks all of it, and tells what holds. */
export class Follower {
  readonly #parts: FollowerParts
  readonly #listeners = new Map<keyof FollowerEvents, Set<Listener<never>>>()
  #chain: Pick<FeedHello, 'chainId' | 'genesisHash' | 'signer'> | undefined
  #check: StreamCheck | undefined
  #block: VerifiedBlock | undefined
  #miniBlock: VerifiedMiniBlock | undefined
  #source: FeedSource | undefined
  #isClosed = false

  constructor(parts: FollowerParts) {
    this.#parts = parts
  }

  /** Address of the sequencer whose signatures are checked, in lower case. */
  get sequencer(): Hex {
    return bytesToHex(this.#parts.sequencer ?? this.#chain!.signer) as Hex
  }

  get chainId(): bigint {
    return this.#chain!.chainId
  }

  /** The newest verified mini-block. */
  get miniBlock(): VerifiedMiniBlock | undefined {
    return this.#miniBlock
  }

  /** The newest block whose header is verified. */
  get block(): VerifiedBlock | undefined {
    return this.#block
  }

  /** Hears of what happens from now on, until the function that is returned is called. */
  on<Name extends keyof FollowerEvents>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /**
   * An account, with the slots of these keys, as it is after the newest verified block, by proof.
   *
   * @throws FollowError STATE_PROOF where the node's answer isn't proven, NO_HEADER before the first block.
   */
  verifyAccount(address: Hex, keys: readonly Hex[] = []): Promise<VerifiedAccount> {
    if (this.#block === undefined) throw new FollowError('NO_HEADER', 'No header is verified yet')
    return verifyAccount(this.#parts.request, this.#block, { address, keys })
  }

  /** Ends the connection; nothing is told any more. */
  close(): void {
    this.#isClosed = true
    this.#source?.close()
  }

  /**
   * Resolves once a node has said what it has; from then on it follows, over lost connections.
   *
   * @throws FollowError
   */
  async start(): Promise<void> {
    let hello: FeedHello
    try {
      hello = await this.#connect()
    } catch (error) {
      this.close()
      throw named(error)
    }
    void this.#run(hello)
  }

  async #run(first: FeedHello): Promise<void> {
    let hello: FeedHello | undefined = first
    let retryMs = FIRST_RETRY_MS
    while (!this.#isClosed) {
      try {
        await this.#follow(hello ?? (await this.#connect()), () => {
          retryMs = FIRST_RETRY_MS
        })
      } catch (error) {
        const failure = named(error)
        if (this.#isClosed) return
        if (!PASSING.has(failure.code)) return this.#fail(failure)
      }
      hello = undefined
      this.#source?.close()
      this.#tell('status', 'connecting')
      await pause(retryMs)
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)
    }
  }

  async #connect(): Promise<FeedHello> {
    const source = connectFeed(await this.#parts.openFeed())
    watchFeed(source)
    this.#source = source
    const hello = await source.hello()
    this.#checkHello(hello)
    return hello
  }

  #checkHello(hello: FeedHello): void {
    const known = this.#chain
    if (known !== undefined) {
      const isSame = known.chainId === hello.chainId && equalBytes(known.genesisHash, hello.genesisHash)
      if (!isSame) throw new FollowError('WRONG_CHAIN', 'The node has another chain than before')
    }
    const expected = this.#parts.sequencer ?? known?.signer
    if (expected !== undefined && !equalBytes(hello.signer, expected)) {
      const names = `the sequencer ${bytesToHex(hello.signer)}, not ${bytesToHex(expected)}`
      throw new FollowError('WRONG_SIGNER', `The node names ${names}`)
    }
    this.#chain = hello
  }

  async #follow(hello: FeedHello, onEntries: () => void): Promise<void> {
    const { genesisHash, signer: sequencer } = hello
    this.#check ??= new StreamCheck({ genesisHash, sequencer })
    this.#tell('status', 'following')
    try {
      for await (const batch of batchesOf(this.#entries(hello))) {
        await this.#take(batch)
        onEntries()
      }
    } catch (error) {
      if (!(error instanceof FeedSourceError) || error.code !== 'PRUNED') throw error
      // It was away for longer than the node keeps entries: it joins the stream anew.
      this.#check = undefined
    }
  }

  /** Goes on where it was; at first with the newest entry, and what is needed to read it. */
  #entries({ firstRecord, nextRecord }: FeedHello): AsyncIterable<Uint8Array> {
    const next = this.#check?.nextRecord
    if (next !== undefined) return this.#source!.entries(next)
    return this.#source!.entries(nextRecord > firstRecord ? nextRecord - 1n : nextRecord, {
      withDictionary: true,
    })
  }

  async #take(batch: readonly Uint8Array[]): Promise<void> {
    let turnMs = performance.now()
    for (const verified of this.#check!.take(batch)) {
      if (this.#isClosed) return
      this.#hear(verified)
      if (performance.now() - turnMs < TURN_MS) continue
      await pause(0)
      turnMs = performance.now()
    }
  }

  #hear(verified: Verified): void {
    if (verified.kind === 'miniBlock') {
      this.#miniBlock = verified.miniBlock
      this.#tell('miniBlock', verified.miniBlock)
    } else if (verified.kind === 'block') {
      this.#block = verified.block
      this.#tell('block', verified.block)
    } else this.#tell('rewind', { blockNumber: verified.blockNumber })
  }

  #fail(failure: FollowError): void {
    this.close()
    this.#tell('failed', failure)
  }

  #tell<Name extends keyof FollowerEvents>(name: Name, event: FollowerEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Name>)(event)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** What a connection's end, or what is not there yet, is passed over; what no honest node says isn't. */
function named(error: unknown): FollowError {
  if (error instanceof FollowError) return error
  const [what] = String((error as Error).message).split('\n', 1)
  const isProtocol = error instanceof FeedSourceError && error.code === 'PROTOCOL'
  if (isProtocol) return new FollowError('MALFORMED', what!, { cause: error })
  if (error instanceof FeedSourceError) return new FollowError('UNREACHABLE', what!, { cause: error })
  throw error
}
