// The room's index.ts leads to files, which a browser doesn't have.
export * from '../feed/browser.ts'
