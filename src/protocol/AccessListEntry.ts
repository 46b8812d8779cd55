export type AccessListEntry = { address: Uint8Array; storageKeys: Uint8Array[] }
