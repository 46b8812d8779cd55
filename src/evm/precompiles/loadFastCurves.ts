import { setImmediate } from 'node:timers/promises'
import { curvesUsed, replaceCurves } from './curves.ts'
import { loadMclBls12381 } from './mclBls12381.ts'
import { loadMclBn254 } from './mclBn254.ts'
import { loadMclP256 } from './mclP256.ts'

let loading: Promise<void> | undefined

/**
 * Brings the WebAssembly curves into use on this thread: 3 to 10 times as fast as the JavaScript ones that serve until
 * then, with the same answers. Loaded once, however often it is called.
 *
 * Each of the three curves stops the thread for 30 to 80 ms (the library decodes its code anew for each); between them
 * other work has its turn.
 */
export function loadFastCurves(): Promise<void> {
  loading ??= load()
  return loading
}

/** This thread has computed on a curve and would be faster with {@link loadFastCurves}. */
export function fastCurvesWanted(): boolean {
  return loading === undefined && curvesUsed()
}

async function load(): Promise<void> {
  replaceCurves({ bn254: await loadMclBn254() })
  await setImmediate()
  replaceCurves({ bls12381: await loadMclBls12381() })
  await setImmediate()
  replaceCurves({ p256: await loadMclP256() })
}
