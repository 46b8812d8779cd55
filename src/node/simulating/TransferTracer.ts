import type { FrameEnd, FrameStart, TracedLog, Tracer } from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { fromBigInt, padLeft } from '../../lib/index.ts'
import type { SimulatedLog } from '../../rpc/index.ts'

/** In whose name transfers of ether are logged (ERC-7528). */
const ETHER: Uint8Array = new Uint8Array(20).fill(0xee)
const TRANSFER_TOPIC: Uint8Array = keccak256(new TextEncoder().encode('Transfer(address,address,uint256)'))
const DELEGATECALL = 0xf4

/**
 * Gathers a block's logs, and if wanted its transfers of ether as logs among them (go-ethereum, internal/ethapi
 * logtracer). What fails takes its own back, but their numbers stay taken.
 */
export class TransferTracer implements Tracer {
  readonly opcodes: readonly number[] = []
  readonly #tracesTransfers: boolean
  /** Of each frame that runs, the message's first. */
  #frames: SimulatedLog[][] = []
  #count = 0
  #logs: SimulatedLog[] = []

  constructor(tracesTransfers: boolean) {
    this.#tracesTransfers = tracesTransfers
  }

  /** Of the last message. */
  takeLogs(): SimulatedLog[] {
    const logs = this.#logs
    this.#logs = []
    return logs
  }

  begin(): void {
    this.#frames = []
  }

  enter({ kind, from, to, value }: FrameStart): void {
    this.#frames.push([])
    if (!this.#tracesTransfers || kind === DELEGATECALL || to === undefined || !value) return
    const topics = [TRANSFER_TOPIC, ...[from, to].map((address) => padLeft(address, 32))]
    this.log({ address: ETHER, topics, data: fromBigInt(value, 32) })
  }

  exit({ error }: FrameEnd): void {
    const logs = this.#frames.pop()!
    if (error !== undefined) return
    const parent = this.#frames.at(-1)
    if (parent === undefined) this.#logs = logs
    else parent.push(...logs)
  }

  log(log: TracedLog): void {
    this.#frames.at(-1)!.push({ ...log, index: this.#count++ })
  }

  result(): string {
    return '[]'
  }
}
