export { CommandClient } from './CommandClient.ts'
export { NodeDev } from './NodeDev.ts'
