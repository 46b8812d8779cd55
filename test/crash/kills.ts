import type { Prng } from '../../src/lib/index.ts'
import type { Kill } from './CrashRun.ts'
import { KILL_POINTS } from './killPoints.ts'

/** Of all rounds: killed at a random moment under load, and several times while the node starts. */
const RANDOM_SHARE = 0.4
const START_SHARE = 0.1

/** How each of `count` rounds ends: the chosen moments in turn, in an order of the seed, and random ones between. */
export function planKills(count: number, random: Prng): Kill[] {
  const kills: Kill[] = []
  let points: Kill[] = []
  while (kills.length < count) {
    const draw = random.nextInt(100) / 100
    if (draw < RANDOM_SHARE) kills.push('at random')
    else if (draw < RANDOM_SHARE + START_SHARE) kills.push('during start')
    else {
      if (points.length === 0) points = shuffled([...KILL_POINTS], random)
      kills.push(points.pop()!)
    }
  }
  return kills
}

function shuffled<T>(list: T[], random: Prng): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.nextInt(i + 1)
    ;[list[i], list[j]] = [list[j]!, list[i]!]
  }
  return list
}
