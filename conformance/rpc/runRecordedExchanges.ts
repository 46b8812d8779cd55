import { Connection } from '../../src/rpc/Connection.ts'
import { RpcServer } from '../../src/rpc/index.ts'
import type { ArchiveFile } from '../tar.ts'
import { failed, PASSED, skipped, type Verdict } from '../testCase.ts'
import { firstDifference } from './compare.ts'
import { OMITTED, OWN_MEMBERS } from './differences.ts'
import { readExchanges } from './exchanges.ts'
import { type ChainRecording, RecordedChain } from './RecordedChain.ts'
import { ResultSchemas } from './resultSchemas.ts'

/** Whether a pack holds recorded JSON-RPC exchanges with a chain, instead of tests of the engine. */
export function isRecordedChain(files: readonly ArchiveFile[]): boolean {
  return files.some(({ path }) => path === 'chain/chain.rlp')
}

/** Runs recorded exchanges in the order of their paths against one server; tells each test's verdict. */
export async function runRecordedExchanges(
  files: readonly ArchiveFile[],
  {
    tests,
    onVerdict,
  }: { tests: readonly ArchiveFile[]; onVerdict: (path: string, verdict: Verdict, ms: number) => void },
): Promise<void> {
  const chain = new RecordedChain(recordingOf(files))
  const server = new RpcServer(chain.view, {})
  const schemas = new ResultSchemas(jsonOf(files, 'openrpc.json'))
  // The threads of a node don't keep its process; its server does.
  const running = setInterval(() => {}, 60_000)
  try {
    for (const { path, bytes } of tests) {
      const start = performance.now()
      const verdict = await runOne(server, schemas, { path, text: new TextDecoder().decode(bytes) })
      onVerdict(path, verdict, performance.now() - start)
    }
  } finally {
    clearInterval(running)
    server.close()
    await chain.close()
  }
}

async function runOne(
  server: RpcServer,
  schemas: ResultSchemas,
  { path, text }: { path: string; text: string },
): Promise<Verdict> {
  const reason = OMITTED.get(path.replace(/^tests\//, ''))
  if (reason !== undefined) return skipped(reason)
  const { isShapeOnly, exchanges } = readExchanges(text)
  if (exchanges.length === 0) return failed('no exchange in the file', 'requests', text.slice(0, 100))
  for (const { request, response } of exchanges) {
    const answer = await server.handle(request, new Connection())
    const received: unknown = answer === undefined ? undefined : JSON.parse(answer, withoutOwn)
    const { method } = JSON.parse(request) as { method: string }
    const problem =
      isShapeOnly && isResult(response)
        ? isResult(received)
          ? schemas.problemOf(method, received.result)
          : `expected a result, received ${answer?.slice(0, 200)}`
        : firstDifference(response, received)
    if (problem !== undefined) return failed(method, JSON.stringify(response), `${problem} · ${answer}`)
  }
  return PASSED
}

/** A reviver of JSON.parse. */
function withoutOwn(key: string, value: unknown): unknown {
  return OWN_MEMBERS.has(key) ? undefined : value
}

function isResult(response: unknown): response is { result: unknown } {
  return typeof response === 'object' && response !== null && 'result' in response
}

function recordingOf(files: readonly ArchiveFile[]): ChainRecording {
  const blocks = files.find(({ path }) => path === 'chain/chain.rlp')!.bytes
  return {
    genesis: jsonOf(files, 'chain/genesis.json'),
    blocks,
    states: jsonOf(files, 'derived/blockstates.json'),
    receipts: jsonOf(files, 'derived/receipts.json'),
  }
}

function jsonOf<T>(files: readonly ArchiveFile[], name: string): T {
  const file = files.find(({ path }) => path === name)
  if (file === undefined) throw new Error(`The pack has recorded exchanges and lacks ${name}.`)
  return JSON.parse(new TextDecoder().decode(file.bytes)) as T
}
