/**
 * What the package offers beside chains in a process. Its parts are loaded with the first call: they are most of what the
 * package is made of, and a test that only makes chains would wait for them.
 */
import type { Node, NodeOptions } from './nodeOptions.ts'

type Commands = typeof import('./db/commands.ts')
type Imported = ReturnType<Commands['importDb']>

/** As startNode.ts has it. */
export async function startNode(options?: NodeOptions): Promise<Node> {
  return (await import('./startNode.ts')).startNode(options)
}

const commands = (): Promise<Commands> => import('./db/commands.ts')

// As db/commands.ts has them.
export const verifyDb: Commands['verifyDb'] = async (command) => (await commands()).verifyDb(command)
export const snapshotDb: Commands['snapshotDb'] = async (command) => (await commands()).snapshotDb(command)
export const pruneDb: Commands['pruneDb'] = async (command) => (await commands()).pruneDb(command)
export const exportDb: Commands['exportDb'] = async (command) => (await commands()).exportDb(command)
export const importDb = async (...command: Parameters<Commands['importDb']>): Promise<Imported> =>
  (await commands()).importDb(...command)
