import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Speculator } from '../../execution/index.ts'
import type { EngineToSpeculator, SpeculatorWorkerData } from './messages.ts'

/** How long it sleeps at most: then it looks whether it is to end. */
const LOOK_MS = 50

/**
 * A thread that executes transactions ahead of an engine, until its starter posts something. It runs no event loop once it
 * has its engine's memory.
 */
const { engine, index, evm } = workerData as SpeculatorWorkerData
const early: EngineToSpeculator[] = []
const starter = parentPort!

engine.on('message', (message: EngineToSpeculator) => {
  if (message.kind === 'base') work(new Speculator({ base: message.base, index, evm }))
  else early.push(message)
})
starter.once('message', end)

function work(speculator: Speculator): void {
  starter.off('message', end)
  for (const message of early) take(speculator, message)
  while (receiveMessageOnPort(starter) === undefined) {
    for (let received = receiveMessageOnPort(engine); received; received = receiveMessageOnPort(engine))
      take(speculator, received.message as EngineToSpeculator)
    speculator.work()
    speculator.wait(LOOK_MS)
  }
  end()
}

function end(): void {
  engine.close()
  starter.close()
}

function take(speculator: Speculator, message: EngineToSpeculator): void {
  if (message.kind === 'compiled') speculator.offer(message.codeHash, message.fork, message.compiled)
}
