import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import { decodeReceipt, revertReason } from '../../protocol/index.ts'
import type {
  CallOutcome,
  CallRequest,
  ChainEvent,
  DevTerminal,
  TraceAnswer,
  TraceWish,
  ViewBlock,
} from '../../rpc/index.ts'
import type { NodeView } from '../NodeView.ts'
import { CONSOLE_ADDRESS, consoleLogText } from './consoleLog.ts'

/** Transactions and calls that wait to be looked at; what comes beyond isn't told of. */
const WAITING_LIMIT = 256
const WISH: TraceWish = {
  tracer: { name: 'callTracer', config: {} },
  ...{ timeoutMs: 5000, maxCharacters: 8 * 2 ** 20 },
}
/** A code that uses console.log has its address in it. */
const CONSOLE_MARK = Buffer.from('console.log')

/** A call as go-ethereum's callTracer tells it. */
type TracedCall = {
  to?: string
  input: string
  output?: string
  error?: string
  calls?: TracedCall[]
}

type Work = { title: string; trace: () => Promise<TraceAnswer>; tellsReverts: boolean }

/**
 * Tells a developer what contracts write with console.log, and why transactions and calls fail. It executes once more, on
 * the thread that traces, and only what failed, or what may write because some code has been seen that does.
 */
export class Terminal implements DevTerminal {
  isOn = true
  readonly #view: Pick<NodeView, 'traces' | 'subscribe'>
  readonly #write: (line: string) => void
  readonly #waiting: Work[] = []
  #isBusy = false
  /** Some code may use console.log. */
  #mayLog: boolean

  /** @param options.isNew - the chain has no codes yet but its genesis'. */
  constructor(
    view: Pick<NodeView, 'traces' | 'subscribe'>,
    options: { write: (line: string) => void; isNew: boolean },
  ) {
    this.#view = view
    this.#write = options.write
    this.#mayLog = !options.isNew
    view.subscribe((event) => this.#onEvent(event))
  }

  called(request: CallRequest, blockNumber: bigint, outcome: CallOutcome): void {
    if (!this.isOn) return
    const title = `eth_call ${request.to === undefined ? 'creation' : bytesToHex(request.to)}`
    if (outcome.status === 'revert') this.#write(`${title}  ${revertText(outcome.output)}`)
    else if (outcome.status === 'halt') this.#write(`${title}  failed: ${outcome.error}`)
    if (!this.#mayLog) return
    const trace = () => this.#view.traces.calls([request], { number: blockNumber }, [WISH])
    this.#look({ title, trace, tellsReverts: false })
  }

  #onEvent(event: ChainEvent): void {
    if (event.kind === 'executed') this.#executed(event)
    // State that was written may be a code.
    else if (event.kind === 'miniBlock' && !this.#mayLog)
      this.#mayLog = event.miniBlock.chunks.some(({ diff }) => hasMark(diff))
  }

  #executed({ block, firstTransactionIndex, count }: Extract<ChainEvent, { kind: 'executed' }>): void {
    if (!this.isOn) return
    const end = firstTransactionIndex + count
    let index = firstTransactionIndex
    for (const { hash, raw, receipt } of block.transactions.slice(firstTransactionIndex, end)) {
      this.#mayLog ||= hasMark(raw)
      if (this.#mayLog || hasFailed(receipt)) this.#lookAt(block, index, bytesToHex(hash))
      index++
    }
  }

  #lookAt(block: ViewBlock, index: number, title: string): void {
    const trace = () => this.#view.traces.transactions(block, { first: index, end: index + 1 }, WISH)
    this.#look({ title, trace, tellsReverts: true })
  }

  #look(work: Work): void {
    if (this.#waiting.length >= WAITING_LIMIT) return
    this.#waiting.push(work)
    if (!this.#isBusy) void this.#lookAtAll()
  }

  /** One after another, so that others who trace are not kept waiting. */
  async #lookAtAll(): Promise<void> {
    this.#isBusy = true
    for (let work = this.#waiting.shift(); work !== undefined; work = this.#waiting.shift()) {
      const answer = await work.trace().catch(() => undefined)
      // A chain that went back has other blocks.
      if (answer?.kind !== 'traced') continue
      const call = JSON.parse(answer.results[0]!) as TracedCall
      for (const text of logsOf(call)) this.#write(`${work.title}  console.log  ${text}`)
      if (call.error !== undefined && work.tellsReverts) this.#write(`${work.title}  ${failureText(call)}`)
    }
    this.#isBusy = false
  }
}

function hasFailed(receipt: Uint8Array): boolean {
  const decoded = decodeReceipt(receipt)
  return decoded.ok && decoded.receipt.status === 0
}

function hasMark(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(CONSOLE_MARK)
}

/** In the order in which they were written, also those of calls that were taken back. */
function* logsOf({ to, input, calls = [] }: TracedCall): Generator<string, void> {
  if (to === CONSOLE_ADDRESS) yield consoleLogText(hexToBytes(input)) ?? input
  for (const call of calls) yield* logsOf(call)
}

function failureText({ error, output }: TracedCall): string {
  return error === 'execution reverted' ? revertText(hexToBytes(output ?? '0x')) : `failed: ${error}`
}

/** Reason of Error(string) and Panic(uint256), else the error's selector and what follows it. */
function revertText(output: Uint8Array): string {
  if (output.length === 0) return 'reverted without a reason'
  const reason = revertReason(output)
  if (reason !== undefined) return `reverted: ${reason}`
  if (output.length < 4) return `reverted with ${bytesToHex(output)}`
  const args = output.length === 4 ? '' : ` (${bytesToHex(output.subarray(4))})`
  return `reverted with custom error ${bytesToHex(output.subarray(0, 4))}${args}`
}
