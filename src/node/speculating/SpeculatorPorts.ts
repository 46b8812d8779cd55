import type { MessagePort } from 'node:worker_threads'
import type { CompiledModule, Engine } from '../../execution/index.ts'
import type { Fork } from '../../protocol/index.ts'
import type { EngineToSpeculator } from './messages.ts'

/** The way from an engine's thread to the threads that execute ahead of it. They answer through shared memory only. */
export class SpeculatorPorts {
  readonly #ports: readonly MessagePort[]

  constructor(ports: readonly MessagePort[]) {
    this.#ports = ports
  }

  /** From now on they work for this engine. */
  attach(engine: Engine): void {
    this.#tell({ kind: 'base', base: engine.kernel.shared })
  }

  /** The engine has compiled code: they run it too, and compile nothing. */
  offer(codeHash: Uint8Array, fork: Fork, compiled: CompiledModule): void {
    this.#tell({ kind: 'compiled', codeHash, fork, compiled })
  }

  #tell(message: EngineToSpeculator): void {
    for (const port of this.#ports) port.postMessage(message)
  }
}
