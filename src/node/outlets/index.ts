export { type OutletNews, Outlets, type OutletsData } from './Outlets.ts'
export { openSource, sourceName } from './openSource.ts'
export { tellOutlet } from './tellOutlet.ts'
