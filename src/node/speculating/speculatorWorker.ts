import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Speculator } from '../../execution/index.ts'
import type { EngineToSpeculator, SpeculatorWorkerData } from '../messages.ts'

/** A thread that executes transactions ahead of an engine. It runs no event loop once it has its engine's memory. */
const { engine, index, evm } = workerData as SpeculatorWorkerData
const early: EngineToSpeculator[] = []

engine.on('message', (message: EngineToSpeculator) => {
  if (message.kind === 'base') work(new Speculator({ base: message.base, index, evm }))
  else early.push(message)
})

function work(speculator: Speculator): never {
  for (const message of early) take(speculator, message)
  for (;;) {
    for (let received = receiveMessageOnPort(engine); received; received = receiveMessageOnPort(engine))
      take(speculator, received.message as EngineToSpeculator)
    speculator.work()
    speculator.wait(Infinity)
  }
}

function take(speculator: Speculator, message: EngineToSpeculator): void {
  if (message.kind === 'compiled') speculator.offer(message.codeHash, message.fork, message.compiled)
}
