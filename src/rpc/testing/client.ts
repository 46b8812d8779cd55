import { Connection } from '../Connection.ts'
import type { RpcServer } from '../RpcServer.ts'

export type RpcAnswer = {
  id: unknown
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
}

/** Calls a method without any transport and parses the answer. */
export async function callMethod(
  server: RpcServer,
  name: string,
  params: unknown = [],
  connection: Connection = new Connection(),
): Promise<RpcAnswer> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: name, params })
  return JSON.parse((await server.handle(body, connection))!)
}

/** The result of a method that must succeed. */
export async function resultOf(server: RpcServer, name: string, params: unknown = []): Promise<never> {
  const answer = await callMethod(server, name, params)
  if (answer.error !== undefined) throw new Error(`${name}: ${JSON.stringify(answer.error)}`)
  return answer.result as never
}
