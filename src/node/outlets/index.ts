export type { OutletNews, Outlets, OutletsData } from './Outlets.ts'
export { openOutlets } from './openOutlets.ts'
export { isPeerAddress, openSource, sourceName } from './openSource.ts'
export { tellOutlet } from './tellOutlet.ts'
