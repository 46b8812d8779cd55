export { FeedServer, type FeedServerOptions, type TlsIdentity } from './FeedServer.ts'
export { feedDoor } from './feedDoor.ts'
export { FeedConnectError, FeedUrlError, type OpenFeedOptions, openFeed } from './openFeed.ts'
export { turnAway } from './turnAway.ts'
