export { connectFeed } from './connectFeed.ts'
export type { FeedDuplex } from './FeedDuplex.ts'
export { FeedSessionError, type FeedSessionErrorCode } from './frames.ts'
export { serveFeed } from './serveFeed.ts'
