import type { StateBase } from '../../kernels/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import type { Engine } from '../Engine.ts'

/** An engine's state as a base, and a list of what was asked of it. */
export function baseOf(engine: Engine, asked: string[] = []): StateBase {
  return {
    account(address) {
      asked.push(bytesToHex(address))
      return engine.getAccount(address)
    },
    slot(address, key) {
      asked.push(`${bytesToHex(address)} ${bytesToHex(key)}`)
      return engine.getStorage(address, key)
    },
    code(codeHash) {
      asked.push(bytesToHex(codeHash))
      return engine.getCodeByHash(codeHash)!
    },
  }
}
