import type { IncomingMessage, ServerResponse } from 'node:http'

/** What health checks over http ask for (`/livez`, `/readyz`), in the form of Kubernetes' own. */
export type HealthView = {
  /** Whether it makes sense to let the node go on. */
  live(): HealthReport
  /** Whether the node should get requests now. */
  ready(): HealthReport
  /** By name of the check: what else there is to say of it while it holds. */
  notes(): ReadonlyMap<string, string>
}

/** By name of the check: undefined if it holds, else why not. */
export type HealthReport = ReadonlyMap<string, string | undefined>

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Answers health checks in front of another handler: 200 or 503, with what each check says if one fails. */
export function withHealth(health: HealthView, handler: Handler): Handler {
  return (request, response) => {
    const report = request.method === 'GET' ? reportFor(health, request.url ?? '') : undefined
    if (report === undefined) return handler(request, response)
    const isGood = [...report.values()].every((reason) => reason === undefined)
    const text = isGood && !request.url!.endsWith('?verbose') ? 'ok\n' : textOf(report, health.notes())
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
    response.writeHead(isGood ? 200 : 503, headers).end(text)
  }
}

function reportFor(health: HealthView, url: string): HealthReport | undefined {
  const [path] = url.split('?')
  if (path === '/livez') return health.live()
  return path === '/readyz' ? health.ready() : undefined
}

function textOf(report: HealthReport, notes: ReadonlyMap<string, string>): string {
  const lines = Array.from(report, ([name, reason]) => {
    if (reason !== undefined) return `[-]${name} failed: ${reason}\n`
    const note = notes.get(name)
    return `[+]${name} ok${note === undefined ? '' : `, ${note}`}\n`
  })
  return lines.join('')
}
