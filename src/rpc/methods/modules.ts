import { type Method, method } from '../method.ts'

/** Which namespaces the server has, for clients that ask before they call (go-ethereum, rpc_modules). */
export function modulesMethod(methods: Iterable<string>): Record<string, Method> {
  const names = new Set(['rpc'])
  for (const name of methods) names.add(name.slice(0, name.indexOf('_')))
  const modules = Object.fromEntries([...names].sort().map((name) => [name, '1.0']))
  return { rpc_modules: method([], () => modules) }
}
