export { FeedServer, type FeedServerOptions, type TlsIdentity } from './FeedServer.ts'
export { FeedConnectError, FeedUrlError, type OpenFeedOptions, openFeed } from './openFeed.ts'
